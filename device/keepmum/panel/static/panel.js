// Keeps an open page up to date. Without it everything works too: the page is loaded again by hand.
"use strict";

const SILENCE = 15000; // milliseconds without a word from the speaker after which the page says that it may be old
const GRACE = 5000; // the same once the line is known to be cut: a stream that just ended is back within two seconds
let heard = Date.now();
let newest = "";

function show(picture) {
  newest = picture;
  const fresh = new DOMParser().parseFromString(picture, "text/html");
  for (const part of fresh.querySelectorAll("body > section")) {
    const old = document.getElementById(part.id);
    // A part that somebody is about to press does not move under their finger; it catches up with the next picture.
    if (old && old.outerHTML !== part.outerHTML && !old.contains(document.activeElement)) {
      replace(old, part);
    }
  }
  const headline = document.getElementById("headline");
  document.title = headline.textContent + " – keepmum";
}

function replace(old, part) {
  // What is read aloud has to stay the same element, or nobody hears the change.
  const [spoken, words] = [old.querySelector("[aria-live]"), part.querySelector("[aria-live]")];
  if (spoken && words) {
    if (spoken.innerHTML !== words.innerHTML) {
      spoken.replaceChildren(...words.childNodes);
    }
    words.replaceWith(spoken);
  }
  old.className = part.className;
  old.hidden = part.hidden;
  old.replaceChildren(...part.childNodes);
}

function alive() {
  heard = Date.now();
  if (!document.getElementById("stale").hidden) {
    document.getElementById("stale").hidden = true;
    document.getElementById("moving").classList.remove("old");
    show(newest);
  }
}

function doubt() {
  document.getElementById("stale").hidden = false;
  document.getElementById("moving").classList.add("old");
  document.getElementById("headline").textContent = "Nobody knows just now";
  document.title = "No connection – keepmum";
}

let source = null;

function follow() {
  if (source) {
    source.close();
  }
  source = new EventSource("/events");
  source.addEventListener("picture", (event) => {
    newest = JSON.parse(event.data);
    alive();
    show(newest);
  });
  source.addEventListener("beat", alive);
  source.addEventListener("error", () => {
    heard = Math.min(heard, Date.now() - SILENCE + GRACE);
    // The browser comes again by itself, unless it was turned away.
    if (source.readyState === EventSource.CLOSED) {
      doubt();
      setTimeout(follow, 5000);
    }
  });
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden && source) {
    source.close();
    source = null;
  } else if (!document.hidden && !source) {
    doubt();
    follow();
  }
});

setInterval(() => {
  if (!document.hidden && Date.now() - heard > SILENCE) {
    doubt();
  }
}, 1000);

document.getElementById("as-of").hidden = true;
follow();
