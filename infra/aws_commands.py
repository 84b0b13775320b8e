"""Reads every `aws …` command in the documents as the AWS CLI does, up to the request that it would send.

The CLI's own parser refuses a command, an option or a value that does not exist. What would leave this machine is stopped, and counts as
a command that is right. docs/decisions/0355-commands-and-walks-in-documents.md
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from awscli.clidriver import create_clidriver
from botocore.httpsession import URLLib3Session

# A document leaves something out here.
LEFT_OUT = "…"
# What an example calls an ARN, or the id of a secret's version, that its reader has.
OF_READER = {
    "ARN": "arn:aws:dynamodb:us-east-1:111122223333:table/core/backup/01234567890123-01234567",
    "$backup": "arn:aws:dynamodb:us-east-1:111122223333:table/core/backup/01234567890123-01234567",
    "OLD": "01234567-89ab-cdef-0123-456789abcdef",
}
# What the CLI says of a command that is not finished.
UNFINISHED = ("the following arguments are required", "expected one argument", "expected at least one argument")


class Reached(BaseException):
    """The command is right: its request was about to be sent."""


def stop(*_):
    raise Reached


def commands(text):
    """The commands in the code of a document, each as its words."""
    blocks = re.findall(r"^ *```(?:sh|bash|console)\n(.*?)^ *```", text, re.M | re.S)
    spans = re.findall(r"(?<!`)`(aws [^`]+)`(?!`)", re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S))
    for code in blocks + [span.replace("\n", " ") for span in spans]:
        code = re.sub(r"\\\n\s*", " ", code)
        code = re.sub(r"\s#\s.*", "", code)
        for found in re.finditer(r"(?:^|[(`;&|]|\s)aws (?=[a-z])", code, re.M):
            yield words(code[found.end() :].split("\n")[0])


def words(line):
    """The words of a command, whose substitutions are some text."""
    line = re.sub(r"\$\([^()]*\)", "x", line)
    reader = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
    reader.whitespace_split = True
    found = []
    # A quotation that goes on in the next line ends the command here.
    with contextlib.suppress(ValueError):
        for word in reader:
            if word[0] in "();<>|&":
                break
            # The arguments of a shell function are more options.
            if word != "$@":
                found.append(word)
    return found


def refusal(driver, command):
    """Why the CLI refuses a command; nothing if it does not."""
    said = io.StringIO()
    command = [OF_READER.get(word) or re.sub(r"^file://.*", f"file://{__file__}", word) for word in command]
    is_finished = LEFT_OUT not in command and any(word.startswith("--") for word in command)
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = driver.main([word for word in command if word != LEFT_OUT])
    except Reached:
        return None
    except SystemExit as left:
        code = left.code
    why = " ".join(said.getvalue().split())
    if not is_finished and any(text in why for text in UNFINISHED):
        return None
    return f"{code}: {why[-300:]}"


def main():
    environment = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_PAGER": ""}
    os.environ.update(environment | {"AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": "/dev/null"})
    URLLib3Session.send = stop
    driver = create_clidriver()
    files = subprocess.run(["git", "ls-files", "*.md"], capture_output=True, text=True, check=True).stdout.split()
    # Records are of their day.
    files = [file for file in files if not file.startswith("docs/decisions/")]
    count, wrong = 0, []
    for file in files:
        for command in commands(Path(file).read_text()):
            count += 1
            if why := refusal(driver, command):
                wrong.append(f"{file}: aws {' '.join(command)}\n  {why}")
    print("\n".join(wrong) or f"{count} commands")
    sys.exit(bool(wrong) or count == 0)


main()
