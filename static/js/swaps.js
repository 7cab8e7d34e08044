// Ticking a person means asking only those ticked. Without script the server says when the two do not agree.
addEventListener("change", (event) => {
  const box = event.target;
  if (!box.matches?.("[data-chooses]") || !box.checked) return;
  const choice = box.form.querySelector(`input[name="${box.dataset.chooses}"][value="chosen"]`);
  if (choice) choice.checked = true;
});
