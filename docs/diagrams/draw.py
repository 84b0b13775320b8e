"""Draws the diagrams of the documents: each `NAME.txt` beside this file becomes `NAME.svg`.

    python3 docs/diagrams/draw.py            writes the drawings
    python3 docs/diagrams/draw.py --check    fails when one is not what its text says

A line of a text is one of

    title TEXT                           what a screen reader says
    size COLUMNS ROWS                    of the grid
    area COLUMN ROW COLUMNS ROWS TEXT    a frame around cells
    box NAME COLUMN ROW TEXT             `|` begins a new line of the text; the first line is bold
    note COLUMN ROW TEXT                 a text without a box
    point NAME COLUMN ROW                where an arrow may begin or end, such as the edge of an area
    arrow NAME NAME TEXT                 from one box to another
    dashed NAME NAME TEXT                the same, dashed

and for a plot, whose two axes are logarithmic,

    across FROM TO TEXT                  the horizontal axis
    up FROM TO TEXT                      the vertical axis
    line NAME X Y X Y …                  points that are joined; `_` is a space in the name

Columns and rows may be fractions. Colours follow the reader's light or dark setting.
"""

import html
import math
import pathlib
import sys

CELL_WIDTH, CELL_HEIGHT = 200, 96
BOX_WIDTH, LINE, PADDING = 160, 17, 10

STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1b2430; text-anchor: middle; }
  .bold { font-weight: 600; }
  .small { font-size: 11.5px; fill: #4b5768; }
  .left { text-anchor: start; }
  rect.box { fill: #ffffff; stroke: #1f5f5b; stroke-width: 1.4; }
  rect.area { fill: #1f5f5b; fill-opacity: 0.06; stroke: #1f5f5b; stroke-opacity: 0.35; stroke-dasharray: 4 4; }
  rect.ground { fill: #f7f9fa; }
  rect.label { fill: #f7f9fa; }
  line { stroke: #4b5768; stroke-width: 1.3; }
  .dashed { stroke-dasharray: 5 4; }
  path { fill: #4b5768; }
  polyline { fill: none; stroke-width: 2; }
  .grid { stroke: #4b5768; stroke-opacity: 0.25; stroke-width: 1; }
  .end { text-anchor: end; }
  .c0 { stroke: #1f5f5b; stroke-width: 3.5; } .c1 { stroke: #b3541e; } .c2 { stroke: #7a4fa3; } .c3 { stroke: #2f6fb0; }
  @media (prefers-color-scheme: dark) {
    .c0 { stroke: #6fc3bb; } .c1 { stroke: #e8945f; } .c2 { stroke: #bb95df; } .c3 { stroke: #7fb2e6; }
    .grid { stroke: #a9b4c2; }
    text { fill: #e6ebf1; }
    .small { fill: #a9b4c2; }
    rect.box { fill: #17202b; stroke: #6fc3bb; }
    rect.area { fill: #6fc3bb; stroke: #6fc3bb; }
    rect.ground, rect.label { fill: #0f161e; }
    line { stroke: #a9b4c2; }
    path { fill: #a9b4c2; }
  }
"""


class Box:
    """A box, and where a line to another box leaves it."""

    def __init__(self, column, row, text):
        self.lines = text.split("|")
        self.width = BOX_WIDTH
        self.height = 2 * PADDING + LINE * len(self.lines)
        self.x = (column + 0.5) * CELL_WIDTH
        self.y = (row + 0.5) * CELL_HEIGHT

    @classmethod
    def point(cls, column, row):
        """One that is not drawn and has no size."""
        point = cls(column - 0.5, row - 0.5, "")
        point.width = point.height = 0
        return point

    def edge(self, other):
        dx, dy = other.x - self.x, other.y - self.y
        scales = [self.width / 2 / abs(dx) if dx else 9e9, self.height / 2 / abs(dy) if dy else 9e9]
        scale = min(scales)
        return self.x + dx * scale, self.y + dy * scale

    def draw(self):
        if not self.width:
            return
        left, top = self.x - self.width / 2, self.y - self.height / 2
        yield f'<rect class="box" x="{left:g}" y="{top:g}" width="{self.width}" height="{self.height}" rx="8"/>'
        for number, line in enumerate(self.lines):
            kind = "bold" if number == 0 else "small"
            yield label(self.x, top + PADDING + LINE * number + 13, line, kind)


def label(x, y, text, kind):
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{html.escape(text)}</text>'


def arrow(start, end, text, kind):
    (x1, y1), (x2, y2) = start.edge(end), end.edge(start)
    yield f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" marker-end="url(#head)"/>'
    if text:
        lines = text.split("|")
        x, y = (x1 + x2) / 2, (y1 + y2) / 2 - LINE * (len(lines) - 1) / 2
        for number, line in enumerate(lines):
            width = 6.2 * len(line) + 6
            yield f'<rect class="label" x="{x - width / 2:.1f}" y="{y + LINE * number - 8:.1f}" width="{width:.1f}" height="16"/>'
            yield label(x, y + LINE * number + 4, line, "small")


def power(exponent):
    """10, 1,000 or 1 M."""
    return f"{10 ** (exponent - 6)} M" if exponent >= 6 else f"{10**exponent:,}"


class Plot:
    """Lines over two logarithmic axes."""

    LEFT, RIGHT, TOP, BOTTOM = 80, 170, 30, 60

    def __init__(self):
        self.axes, self.lines = {}, []

    def place(self, axis, value, length, before, after):
        least, most, _ = self.axes[axis]
        share = (math.log10(value) - math.log10(least)) / (math.log10(most) - math.log10(least))
        return before + share * (length - before - after)

    def draw(self, width, height):
        def across(value):
            return self.place("across", value, width, self.LEFT, self.RIGHT)

        def up(value):
            return height - self.place("up", value, height, self.BOTTOM, self.TOP)

        for axis in self.axes:
            least, most, _ = self.axes[axis]
            for exponent in range(math.ceil(math.log10(least)), math.floor(math.log10(most)) + 1):
                value = 10**exponent
                if axis == "across":
                    x1 = x2 = across(value)
                    y1, y2 = self.TOP, height - self.BOTTOM
                    yield label(x1, y2 + 20, power(exponent), "small")
                else:
                    y1 = y2 = up(value)
                    x1, x2 = self.LEFT, width - self.RIGHT
                    yield label(x1 - 8, y1 + 4, "$" + power(exponent), "small end")
                yield f'<line class="grid" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
        yield label((self.LEFT + width - self.RIGHT) / 2, height - 16, self.axes["across"][2], "small")
        yield label(self.LEFT, self.TOP - 12, self.axes["up"][2], "small left")
        names = []
        for number, (name, points) in enumerate(self.lines):
            drawn = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
            yield f'<polyline class="c{number}" points="{drawn}"/>'
            x, y = across(points[-1][0]) + 10, up(points[-1][1]) + 4
            while any(abs(y - other) < LINE for other in names):
                y += 1
            names.append(y)
            yield label(x, y, name, "small left")


def draw(text):
    boxes, areas, arrows, notes, plot = {}, [], [], [], Plot()
    title, size = "", (1, 1)
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "title":
            title = rest
        elif word == "size":
            size = tuple(float(number) for number in rest.split())
        elif word == "area":
            column, row, columns, rows, words = rest.split(" ", 4)
            areas.append((float(column), float(row), float(columns), float(rows), words))
        elif word == "box":
            name, column, row, words = rest.split(" ", 3)
            boxes[name] = Box(float(column), float(row), words)
        elif word == "point":
            name, column, row = rest.split(" ")
            boxes[name] = Box.point(float(column), float(row))
        elif word == "note":
            column, row, words = rest.split(" ", 2)
            notes.append((float(column), float(row), words))
        elif word in ("across", "up"):
            least, most, words = rest.split(" ", 2)
            plot.axes[word] = float(least), float(most), words
        elif word == "line":
            name, *numbers = rest.split()
            values = [float(number) for number in numbers]
            plot.lines.append((name.replace("_", " "), list(zip(values[::2], values[1::2]))))
        elif word in ("arrow", "dashed"):
            first, second, *words = rest.split(" ", 2)
            arrows.append((first, second, words[0] if words else "", word))
        elif line.strip() and not line.startswith("#"):
            raise SystemExit(f"what is {line!r}?")
    width, height = size[0] * CELL_WIDTH, size[1] * CELL_HEIGHT
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img" aria-labelledby="title">',
        f'<title id="title">{html.escape(title)}</title>',
        f"<style>{STYLE}</style>",
        '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker>',
        f'<rect class="ground" width="{width:g}" height="{height:g}" rx="12"/>',
    ]
    if plot.axes:
        out.extend(plot.draw(width, height))
    for column, row, columns, rows, words in areas:
        x, y = column * CELL_WIDTH + 8, row * CELL_HEIGHT + 4
        out.append(
            f'<rect class="area" x="{x:g}" y="{y:g}" width="{columns * CELL_WIDTH - 16:g}" height="{rows * CELL_HEIGHT - 8:g}" rx="10"/>'
        )
        out.append(label(x + 10, y + 17, words, "small left"))
    for first, second, words, kind in arrows:
        out.extend(arrow(boxes[first], boxes[second], words, kind))
    for box in boxes.values():
        out.extend(box.draw())
    for column, row, words in notes:
        for number, line in enumerate(words.split("|")):
            out.append(label((column + 0.5) * CELL_WIDTH, (row + 0.5) * CELL_HEIGHT + LINE * number, line, "small"))
    return "\n".join(out) + "\n</svg>\n"


def main():
    stale = []
    for source in sorted(pathlib.Path(__file__).parent.glob("*.txt")):
        drawing, target = draw(source.read_text("utf-8")), source.with_suffix(".svg")
        if "--check" not in sys.argv:
            target.write_text(drawing, "utf-8")
        elif not target.exists() or target.read_text("utf-8") != drawing:
            stale.append(target.name)
    if stale:
        raise SystemExit(f"stale: {', '.join(stale)}; run python3 docs/diagrams/draw.py and commit the result")


main()
