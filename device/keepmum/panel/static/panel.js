// Keeps an open page up to date. Without it everything works too: the page is loaded again by hand.
"use strict";

const SILENCE = 15000; // milliseconds without a word from the speaker after which the page says that it may be old
let heard = Date.now();

function show(picture) {
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
  document.getElementById("stale").hidden = true;
  document.getElementById("moving").classList.remove("old");
}

function doubt() {
  document.getElementById("stale").hidden = false;
  document.getElementById("moving").classList.add("old");
}

let source = null;

function follow() {
  if (source) {
    source.close();
  }
  source = new EventSource("/events");
  source.addEventListener("picture", (event) => {
    alive();
    show(JSON.parse(event.data));
  });
  source.addEventListener("beat", alive);
  source.addEventListener("error", () => {
    // Whatever is wrong, the page does not claim to know; a speaker that went away is tried again.
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
