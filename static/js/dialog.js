// <button data-opens="id of a dialog"> opens it; Escape and <form method="dialog"> close it by themselves.
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-opens]");
  if (button) document.getElementById(button.dataset.opens).showModal();
});
