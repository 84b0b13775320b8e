(async () => {
const form = document.querySelector("form[data-passkey]"), kind = window.PublicKeyCredential;
if (!form || !kind?.parseRequestOptionsFromJSON) return;
const { passkey, options, offers } = form.dataset;
const fetched = async () => {
  const answer = await fetch(options, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (answer.status == 401) passkey == "create" ? form.submit() : location.reload();
  if (!answer.ok) throw answer;
  const json = await answer.json();
  return passkey == "create" ? kind.parseCreationOptionsFromJSON(json) : kind.parseRequestOptionsFromJSON(json);
};
let waiting;
const ask = async (first, mediation) => {
  waiting?.abort();
  const { signal } = waiting = new AbortController();
  const publicKey = first || await fetched();
  form.elements.credential.value = JSON.stringify(await navigator.credentials[passkey]({ publicKey, mediation, signal }));
  form.submit();
};
const said = form.querySelector("[role=alert]");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  said.hidden = true;
  ask().catch(() => { said.hidden = false; });
});
try {
  const first = offers ? await fetched() : null;
  form.hidden = false;
  if (offers && await kind.isConditionalMediationAvailable?.()) await ask(first, "conditional");
} catch {}
})();
