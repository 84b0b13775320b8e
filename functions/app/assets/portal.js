// The portal's forms. What is typed and who is signed in live in this page's memory and nowhere else.
"use strict";

// Who is signed in: { token, name }, or null.
let session = null;
// From the link in a reset mail, until the form is there to take it.
let resetToken = takeResetToken();

// The token leaves the address bar, and so the history, before anything else happens.
function takeResetToken() {
  const url = new URL(location.href);
  const token = url.searchParams.get("token");
  if (token !== null) {
    url.searchParams.delete("token");
    history.replaceState(null, "", url.pathname + url.search + url.hash);
  }
  return token;
}

const byId = (id) => document.getElementById(id);
const text = (name) => document.body.dataset[name];

function start() {
  enable();
  showState();
  if (resetToken) {
    byId("reset-token").value = resetToken;
    resetToken = null;
    show(byId("reset-password"), { good: true, line: text("tokenTaken") });
    byId("reset-password").scrollIntoView();
    byId("reset-password-new").focus({ preventScroll: true });
  }
}

// Without this script the buttons do nothing, and stay as the page has them.
function enable() {
  document.querySelectorAll("#try button").forEach((button) => { button.disabled = false; });
}

function showState() {
  const state = byId("state");
  state.textContent = session ? text("signedIn") + session.name : text("signedOut");
  state.classList.toggle("in", session !== null);
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target);
});

// An error stays until the field is changed.
document.addEventListener("input", (event) => setError(event.target, ""));

document.addEventListener("click", (event) => {
  const link = event.target.closest("#switch");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    switchLanguage(link.href);
  }
});

async function send(form) {
  const button = form.querySelector("button");
  if (button.disabled || !complete(form)) return;
  button.disabled = true;
  show(form, { good: true, line: text("busy") });
  let outcome;
  try {
    outcome = await call(form);
  } catch {
    outcome = { good: false, line: text("unreachable") };
  }
  button.disabled = false;
  show(form, outcome);
  if (outcome.good) succeeded(form, outcome.answer);
  else refused(form, outcome.answer?.error);
}

// Whether every required field has something in it, and every required box is ticked; what is in a field, the API judges.
function complete(form) {
  const isEmpty = (input) => (input.type === "checkbox" ? !input.checked : input.value === "");
  const inputs = [...form.querySelectorAll("input")];
  const missing = inputs.filter((input) => input.required && isEmpty(input));
  inputs.forEach((input) => setError(input, missing.includes(input) ? text(input.type === "checkbox" ? "tick" : "required") : ""));
  document.querySelectorAll("#credentials input").forEach((input) => setError(input, ""));
  missing[0]?.focus();
  if (missing.length) show(form, null);
  return !missing.length;
}

async function call(form) {
  const { method, path } = form.dataset;
  const headers = {};
  for (const input of document.querySelectorAll("[data-header]")) {
    headers[input.dataset.header] = encodable(input.value.trim());
  }
  let body;
  if (method === "DELETE") {
    if (session) headers.authorization = "Bearer " + session.token;
  } else {
    headers["content-type"] = "application/json";
    const fields = [...form.querySelectorAll("input")].map((input) => [input.name, input.value]);
    body = JSON.stringify(Object.fromEntries(fields));
  }
  const options = { method, headers, body, credentials: "omit", cache: "no-store", redirect: "error" };
  const response = await fetch(path, options);
  let answer;
  try {
    answer = await response.json();
  } catch {
    return { good: false, line: text("unreadable"), status: response.status };
  }
  const line = response.ok ? form.dataset.done : answer.error ?? text("unreadable");
  return { good: response.ok, line, status: response.status, answer };
}

// A header holds bytes: what no header can hold is no credential either, and the API should be the one to say so.
function encodable(value) {
  return /^[\x21-\x7e]*$/.test(value) ? value : "?";
}

function succeeded(form, answer) {
  if (form.id === "delete-account") {
    session = null;
    byId("delete-sure").checked = false;
  }
  // A reset ends every session.
  if (form.id === "reset-password") session = null;
  if (answer.token && answer.user) {
    session = { token: answer.token, name: answer.user.email ?? answer.user.phone ?? String(answer.user.id) };
  }
  if (form.id === "send-code" && !byId("phone-login-phone").value) {
    byId("phone-login-phone").value = byId("send-code-phone").value;
  }
  showState();
}

// Puts the error beside the field that it is about; which errors those are, the fields say.
function refused(form, error) {
  if (!error) return;
  const belongs = (input) => input.dataset.errors.split("|").includes(error);
  const input = [...form.querySelectorAll("input"), ...document.querySelectorAll("#credentials input")].find(belongs);
  if (!input) return;
  setError(input, explained(error));
  input.focus();
}

function setError(input, message) {
  const place = byId(input.id + "-error");
  if (!place) return;
  place.textContent = message;
  if (message) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

// The API's words as they are, and in the reader's language if theirs is another: the guide's table has them.
function explained(error) {
  const chinese = /\p{Script=Han}/u.test(error);
  if (chinese === (document.documentElement.lang === "zh")) return error;
  for (const code of document.querySelectorAll("#guide td code")) {
    const meaning = code.parentElement.nextElementSibling;
    if (code.textContent === error && meaning) return error + " (" + meaning.textContent + ")";
  }
  return error;
}

function show(form, outcome) {
  const result = form.querySelector(".result");
  result.replaceChildren();
  if (!outcome) return;
  result.classList.toggle("failed", !outcome.good);
  const line = document.createElement("p");
  const status = outcome.status ? outcome.status + " · " : "";
  line.textContent = status + (outcome.good ? outcome.line : explained(outcome.line));
  result.append(line);
  if (outcome.answer) {
    const body = document.createElement("pre");
    body.textContent = JSON.stringify(outcome.answer, null, 2);
    body.tabIndex = 0;
    result.append(body);
  }
}

// The page in the other language takes this one's place, so that nothing typed is lost and nobody is signed out.
async function switchLanguage(address) {
  let page;
  try {
    const response = await fetch(address, { credentials: "omit" });
    page = new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    location.assign(address);
    return;
  }
  const typed = [...document.querySelectorAll("input")].map((input) => [input.id, input.value]);
  document.documentElement.lang = page.documentElement.lang;
  document.body.replaceWith(document.adoptNode(page.body));
  for (const [id, value] of typed) {
    if (byId(id)) byId(id).value = value;
  }
  const url = new URL(address);
  history.replaceState(null, "", url.pathname + url.search);
  enable();
  showState();
  document.dispatchEvent(new Event("replaced"));
  byId("switch").focus();
}

start();
