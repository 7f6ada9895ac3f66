// What script there is saves a click; every page works without it.
"use strict";

// A code that is whole is sent at once, pasted or typed.
for (const form of document.querySelectorAll("form[data-code]")) {
  const input = form.querySelector("input[name=code]");
  let sent = false;
  input.addEventListener("input", () => {
    if (!sent && input.value.replace(/[\s-]/g, "").length === 6) {
      sent = true;
      form.requestSubmit();
    }
  });
}

// Another code is offered after a while.
for (const button of document.querySelectorAll("button[data-wait]")) {
  const left = button.querySelector("[data-left]");
  const until = Date.now() + 1000 * Number(button.dataset.wait);
  const tick = () => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    button.disabled = seconds > 0;
    left.textContent = seconds > 0 ? ` (${seconds})` : "";
    if (seconds > 0) setTimeout(tick, 250);
  };
  tick();
}

// A form is sent once, however often its button is pressed.
addEventListener("submit", event => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(form => delete form.dataset.sent));

// What is typed as a password is shown to who asks for it, until it is sent.
for (const button of document.querySelectorAll("button[data-peek]")) {
  const input = document.getElementById(button.dataset.peek);
  const show = shown => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", shown);
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  input.form.addEventListener("submit", () => show(false));
}

// Who is logged out elsewhere is logged out here, at once. Only the page that is
// looked at listens: a browser has six connections to a host.
if ("session" in document.body.dataset && window.EventSource) {
  let events;
  let again;
  const listen = () => {
    clearTimeout(again);
    if (document.hidden || events && events.readyState !== EventSource.CLOSED) return;
    events = new EventSource("/auth/session/events");
    // What is sent from this page says itself what came of it.
    events.addEventListener("session.ended", () => document.querySelector("form[data-sent]") || location.reload());
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED && !document.hidden) again = setTimeout(renew, 1000); // unless the page is on its way out
    });
  };
  // The access token may be over: what is typed here stays, and the session goes on.
  const renew = async () => {
    const answer = await fetch("/auth/refresh", { method: "POST" }).catch(() => null);
    if (answer && answer.status === 401) location.reload();
    else again = setTimeout(listen, (answer && answer.ok ? 1000 : 20000) * (1 + Math.random()));
  };
  document.addEventListener("visibilitychange", () => document.hidden ? events && events.close() : listen());
  addEventListener("pagehide", () => events && events.close());
  listen();
}

// A list is searched while somebody types: the same address is asked as by the
// button, and what was found takes the place of what was shown. Whoever asked
// for something newer does not wait for the answer before.
for (const form of document.querySelectorAll("form[data-search]")) {
  const count = document.querySelector("[data-count]");
  const found = document.querySelector("[data-found]");
  let asked;
  let soon;
  const search = async () => {
    if (asked) asked.abort();
    asked = new AbortController();
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
    const address = form.getAttribute("action") + (query.size ? `?${query}` : "");
    found.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { signal: asked.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.querySelector("[data-found]");
      if (!next) return location.assign(address); // somebody else's turn: a login, say
      const trouble = page.querySelector("[role=alert]");
      count.textContent = (trouble || page.querySelector("[data-count]")).textContent;
      found.replaceChildren(...next.childNodes);
      found.removeAttribute("aria-busy");
      history.replaceState(null, "", address);
    } catch (e) {
      if (e.name !== "AbortError") location.assign(address); // the browser says what is wrong
    }
  };
  const later = wait => () => {
    clearTimeout(soon);
    soon = setTimeout(search, wait);
  };
  form.addEventListener("input", later(200));
  form.addEventListener("submit", event => {
    event.preventDefault();
    later(0)();
  });
}

// What is shown once is copied by a button.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const input = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard; // only where the page came over a safe way
  button.addEventListener("click", () => {
    input.select(); // where it may not be copied from here, a keystroke does it
    navigator.clipboard.writeText(input.value).then(() => button.textContent = button.dataset.copied, () => {});
  });
}

// Of tabs that have no room, the one that is open is in sight.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({block: "nearest", inline: "center"});
