// Asks for new messages. What somebody types and opens stays, and the focus is not lost. Without this script the page loads itself again.
"use strict";

const PAUSE = 2000;

async function look() {
  if (document.hidden) return;
  let page;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    say("The local run does not answer. This page goes on asking.");
    return;
  }
  const { state } = page.body.dataset;
  if (state === document.body.dataset.state) {
    say("");
    return;
  }
  document.body.dataset.state = state;
  const { scrollTop } = document.querySelector("nav");
  const focused = document.activeElement;
  const wasInMessage = document.querySelector("#message").contains(focused);
  take(page, "nav");
  document.querySelector("nav").scrollTop = scrollTop;
  // The newest message opens by itself, until somebody opens another, and again when that is gone.
  const chosen = opened(location.search);
  const isKept = chosen !== null && chosen === opened(page.querySelector("nav a[aria-current]")?.getAttribute("href"));
  if (!isKept) take(page, "#message");
  if (wasInMessage && !isKept) document.querySelector("#message").focus();
  document.querySelector(`nav a[href="${CSS.escape(focused?.getAttribute("href") ?? "")}"]`)?.focus();
  say(state ? "There is a new message." : "The outbox is empty.");
}

// The number of the message that an address opens.
function opened(address) {
  return new URLSearchParams(address ?? "").get("open");
}

function take(page, part) {
  document.querySelector(part).replaceWith(document.adoptNode(page.querySelector(part)));
}

function say(text) {
  const place = document.getElementById("news");
  if (place.textContent !== text) place.textContent = text;
}

setInterval(look, PAUSE);
document.addEventListener("visibilitychange", look);
