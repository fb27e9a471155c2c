// Asks the authenticator, and sends its answer with the form. A form names where its question comes from
// (data-question), or carries it (data-options, when a passkey is made). Nothing is decided here.
"use strict";
(() => {
  const form = document.querySelector("form[data-passkey]");
  if (!form) return;
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button[type=submit]");
  const isNew = form.dataset.passkey === "new";

  function say(text) {
    said.textContent = text;
    said.hidden = text === "";
  }

  async function question() {
    if (isNew) return JSON.parse(form.dataset.options);
    // What is written is read here, so that the question is about exactly that.
    const answer = await fetch(form.dataset.question, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.said);
    return found.options;
  }

  async function ask() {
    const options = await question();
    const made = isNew
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    form.elements.namedItem("assertion").value = JSON.stringify(made.toJSON());
  }

  if (!window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) {
    say(form.dataset.old || "This browser knows no passkeys. Open the page in a newer one, or choose another proof.");
    button.disabled = true;
    return;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    say("");
    try {
      await ask();
      form.submit();
    } catch (error) {
      say(error instanceof DOMException
        ? form.dataset.cancelled || "The passkey was not used: it was cancelled, took too long, or is not on this device. Nothing was recorded; try again."
        : error.message);
      button.disabled = false;
    }
  });
})();
