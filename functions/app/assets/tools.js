// Tabs, copy buttons and the forms of operations. What is typed lives in this page's memory and nowhere else.
"use strict";

(() => {
  const chinese = () => document.documentElement.lang === "zh";
  const say = (zh, en) => (chinese() ? zh : en);
  // Of what this script says: it may stand in a text in the other language.
  const spoken = () => ({ lang: document.documentElement.lang });

  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    made.append(...children);
    return made;
  };

  // A button that copies what the block says when it is pressed.
  function addCopyButton(block) {
    const button = element("button", { type: "button", class: "copy", ...spoken() }, say("复制", "Copy"));
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(block.textContent);
        button.textContent = say("已复制", "Copied");
      } catch {
        getSelection().selectAllChildren(block);
        button.textContent = say("请按 Ctrl+C", "Press Ctrl+C");
      }
      setTimeout(() => { button.textContent = say("复制", "Copy"); }, 2000);
    });
    const frame = element("div", { class: "code" });
    block.replaceWith(frame);
    frame.append(block, button);
  }

  // Samples that follow each other, each below a heading that names its language.
  function runsOfSamples(root) {
    const runs = [];
    for (const heading of root.querySelectorAll("h3, h4, h5, h6")) {
      if (heading.nextElementSibling?.tagName !== "PRE") continue;
      const last = runs.at(-1)?.at(-1);
      const follows = last && last.tagName === heading.tagName && last.nextElementSibling.nextElementSibling === heading;
      if (follows) runs.at(-1).push(heading);
      else runs.push([heading]);
    }
    return runs.filter((run) => run.length > 1);
  }

  let tabs = 0;

  // Tabs as the ARIA Authoring Practices have them: one in the tab order, arrows move.
  function addTabs(before, samples) {
    const { lang } = before.closest("[lang]");
    const list = element("div", { class: "tabs", role: "tablist", "aria-label": say("编程语言", "Language"), ...spoken() });
    before.before(list);
    const buttons = samples.map(({ name, panel }) => {
      tabs += 1;
      const button = element("button", { type: "button", role: "tab", id: `tab-${tabs}`, lang }, name);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      list.append(button);
      return button;
    });
    const choose = (chosen) => buttons.forEach((button, at) => {
      button.setAttribute("aria-selected", String(at === chosen));
      button.tabIndex = at === chosen ? 0 : -1;
      samples[at].panel.hidden = at !== chosen;
    });
    buttons.forEach((button, at) => {
      button.addEventListener("click", () => choose(at));
      button.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = (at + step + buttons.length) % buttons.length;
        choose(next);
        buttons[next].focus();
      });
    });
    choose(0);
  }

  function tabSamples(run) {
    const samples = run.map((heading) => {
      const panel = element("div", {});
      const block = heading.nextElementSibling;
      panel.append(block.cloneNode(true));
      return { name: heading.textContent, panel, heading, block };
    });
    samples[0].heading.before(...samples.map(({ panel }) => panel));
    addTabs(samples[0].panel, samples);
    samples.forEach(({ heading, block }) => { heading.remove(); block.remove(); });
  }

  // The request that a form describes. Secrets stand in it as the names of variables, so that a line can be shown and copied.
  function described(form) {
    const value = (kind) => [...form.querySelectorAll(`[data-${kind}]`)].map((input) => [input.getAttribute(`data-${kind}`), input.value]);
    let path = form.dataset.path;
    for (const [name, text] of value("path-part")) path = path.replace(`{${name}}`, encodeURIComponent(text));
    const query = new URLSearchParams(value("query").filter(([, text]) => text !== "")).toString();
    const url = path + (query ? `?${query}` : "");
    const body = form.querySelector("[data-body]");
    const headers = [];
    if (body) headers.push({ name: "content-type", shown: body.dataset.body, sent: body.dataset.body });
    for (const input of form.querySelectorAll("[data-header]")) {
      const { header: name, variable, prefix = "" } = input.dataset;
      const text = input.value.trim();
      if (text) headers.push({ name, shown: `${prefix}$${variable}`, sent: prefix + text });
    }
    const client = form.querySelector("[data-client]");
    const secret = form.querySelector("[data-client-secret]");
    if (client?.value) {
      const basic = `${encodeURIComponent(client.value)}:${encodeURIComponent(secret.value)}`;
      headers.push({ name: "authorization", shown: "Basic $CLIENT", sent: `Basic ${btoa(basic)}` });
    }
    const cookies = form.dataset.cookies !== undefined;
    return { method: form.dataset.method, url, headers, body: body?.value, cookies };
  }

  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

  function asCurl({ method, url, headers, body, cookies }) {
    const lines = [`curl -X ${method} ${quoted(location.origin + url)}`];
    // In double quotes, where the shell puts in the variables.
    headers.forEach(({ name, shown }) => lines.push(`-H "${name}: ${shown}"`));
    if (cookies) lines.push("-b cookies.txt -c cookies.txt");
    if (body !== undefined) lines.push(`-d ${quoted(body)}`);
    return lines.join(" \\\n  ");
  }

  // The name of a variable that a shown value ends with, if it has one.
  const split = (shown) => shown.split("$");

  function asJavaScript({ method, url, headers, body, cookies }) {
    const lines = headers.map(({ name, shown }) => {
      const [before, variable] = split(shown);
      const text = variable ? (before ? `${JSON.stringify(before)} + ${variable}` : variable) : JSON.stringify(shown);
      return `    ${JSON.stringify(name)}: ${text},`;
    });
    return [
      `const response = await fetch(${JSON.stringify(location.origin + url)}, {`,
      `  method: ${JSON.stringify(method)},`,
      ...(cookies ? ['  credentials: "include",'] : []),
      ...(lines.length ? ["  headers: {", ...lines, "  },"] : []),
      ...(body === undefined ? [] : [`  body: ${JSON.stringify(body)},`]),
      "});",
      "console.log(response.status, await response.text());",
    ].join("\n");
  }

  function asPython({ method, url, headers, body }) {
    const lines = headers.map(({ name, shown }) => {
      const [before, variable] = split(shown);
      const text = variable ? (before ? `${JSON.stringify(before)} + ${variable}` : variable) : JSON.stringify(shown);
      return `        ${JSON.stringify(name)}: ${text},`;
    });
    return [
      "import requests",
      "",
      "session = requests.Session()  # it keeps cookies",
      "response = session.request(",
      `    ${JSON.stringify(method)},`,
      `    ${JSON.stringify(location.origin + url)},`,
      ...(lines.length ? ["    headers={", ...lines, "    },"] : []),
      ...(body === undefined ? [] : [`    data=${JSON.stringify(body)}.encode(),`]),
      ")",
      "print(response.status_code, response.text)",
    ].join("\n");
  }

  // A header holds bytes: what no header can hold is no credential either, and the API should be the one to say so.
  const encodable = (text) => (/^[\x20-\x7e]*$/.test(text) ? text : "?");

  async function send(form) {
    const { method, url, headers, body, cookies } = described(form);
    const result = form.querySelector(".result");
    const button = form.querySelector(".send");
    button.disabled = true;
    result.replaceChildren(element("p", spoken(), say("请稍候…", "One moment…")));
    let status;
    let text;
    try {
      const response = await fetch(url, {
        method,
        headers: headers.map(({ name, sent }) => [name, encodable(sent)]),
        body,
        credentials: cookies ? "same-origin" : "omit",
        cache: "no-store",
        redirect: "manual",
      });
      status = response.type === "opaqueredirect" ? say("重定向", "A redirect") : `${response.status}`;
      text = await response.text();
      result.classList.toggle("failed", !response.ok && response.type !== "opaqueredirect");
    } catch {
      status = say("无法连接服务，请检查网络后重试。", "The service cannot be reached. Check your connection and try again.");
      result.classList.add("failed");
    }
    button.disabled = false;
    result.replaceChildren(element("p", spoken(), status));
    if (text) result.append(element("pre", { tabindex: "0" }, indented(text)));
  }

  function indented(text) {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text;
    }
  }

  const SAMPLES = [["curl", asCurl], ["JavaScript", asJavaScript], ["Python", asPython]];

  function addSamples(form) {
    form.querySelector(".send").disabled = false;
    const place = form.querySelector(".sample");
    const samples = SAMPLES.map(([name, written]) => {
      const code = element("code", {});
      return { name, written, code, panel: element("div", {}, element("pre", { tabindex: "0" }, code)) };
    });
    place.replaceChildren(...samples.map(({ panel }) => panel));
    addTabs(samples[0].panel, samples);
    const write = () => samples.forEach(({ written, code }) => { code.textContent = written(described(form)); });
    form.addEventListener("input", write);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      // The forms of the page at / are sent by its own script.
      event.stopPropagation();
      send(form);
    });
    write();
  }

  // A link to an operation opens its form.
  function openTarget() {
    let id = location.hash.slice(1);
    try {
      id = decodeURIComponent(id);
    } catch {
      // A link with a percent sign that stands for itself.
    }
    const target = document.getElementById(id);
    if (target?.tagName === "DETAILS") target.open = true;
  }

  // A text that nobody translated is the same for every reader. Here its links learn which language this one reads.
  function keepLanguage() {
    document.querySelectorAll('article a[href^="/docs/"]').forEach((link) => {
      if (!link.search) link.search = `?lang=${document.documentElement.lang}`;
    });
  }

  function equip() {
    keepLanguage();
    document.querySelectorAll("form.operation").forEach(addSamples);
    document.querySelectorAll("article").forEach((article) => runsOfSamples(article).forEach(tabSamples));
    document.querySelectorAll("article pre").forEach((block) => { if (!block.closest(".result")) addCopyButton(block); });
  }

  equip();
  openTarget();
  addEventListener("hashchange", openTarget);
  // The page at / took another body: it is in another language now.
  document.addEventListener("replaced", equip);
})();
