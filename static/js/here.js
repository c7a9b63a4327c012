// <form data-here> leads back to this page as it is now: its address may say more by now than when it was sent.
document.addEventListener("submit", ({ target }) => {
  if (target.matches("[data-here]")) target.elements.next.value = location.pathname + location.search;
});
