"""The form of a new run: defaults follow the choice, errors stand at their fields, the keyboard suffices."""

import re

from playwright.sync_api import Page, expect


def chosen(page: Page, title: str) -> None:
    """A click on the card of this title."""
    page.locator(".card strong", has_text=re.compile(f"^{title}$")).click()


def test_empty_fields_show_the_defaults_of_the_chosen_network(page: Page) -> None:
    page.goto("/runs/new")
    page.get_by_text("Advanced", exact=True).click()
    rate = page.get_by_label("Learning rate", exact=True)
    expect(rate).to_have_attribute("placeholder", "0.001")
    chosen(page, "MLP")
    expect(rate).to_have_attribute("placeholder", "0.01")
    expect(page.get_by_label("Augment").locator("option").first).to_have_text("Default (off)")
    chosen(page, "CIFAR-10")
    expect(page.get_by_label("Augment").locator("option").first).to_have_text("Default (on)")


def test_an_error_stands_at_its_field_and_the_rest_is_kept(page: Page) -> None:
    page.goto("/runs/new")
    page.get_by_text("Advanced", exact=True).click()
    page.get_by_label("Epochs").fill("0")
    page.get_by_label("Learning rate", exact=True).fill("-1")
    page.get_by_label("Name", exact=True).fill("kept")
    page.get_by_role("button", name="Launch").click()
    field = page.get_by_label("Epochs")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("at least 1"))
    expect(page.get_by_label("Learning rate", exact=True)).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("kept")
    # Chromium reports any answer of 4xx to a navigation as an error; this one is meant.
    page.page_errors.clear()  # type: ignore[attr-defined]


def test_the_keyboard_suffices_to_launch(page: Page) -> None:
    page.goto("/runs/new")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("input[type=radio][value=lenet]")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("input[type=radio][value=cnn]")).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Other networks as well")).to_be_focused()
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator("input[type=radio][value=digits]")).to_be_checked()
    page.get_by_label("Epochs").focus()
    page.keyboard.type("1")
    expect(page.locator("#code-curl")).to_contain_text('"epochs": 1')  # the look ahead has come again
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/runs/\d+$"))


def test_only_the_settings_that_apply_are_shown_and_sent(page: Page) -> None:
    page.goto("/runs/new")
    page.get_by_text("Advanced", exact=True).click()
    units, block = page.get_by_label("Hidden units"), page.get_by_label("Permutation block")
    expect(units).to_be_hidden()
    chosen(page, "MLP")
    units.fill("32")
    chosen(page, "LeNet-5")
    expect(units).to_be_hidden()
    expect(block).to_be_hidden()
    page.get_by_label("Permute pixels").check()
    expect(block).to_be_hidden()
    page.get_by_label("What is permuted").select_option("within")
    block.fill("7")
    chosen(page, "Digits")
    page.get_by_label("Epochs").fill("1")
    page.get_by_role("button", name="Launch").click()
    # The hidden 32 would be refused: LeNet has no such setting.
    page.wait_for_url(re.compile(r"/runs/\d+$"))


def test_a_network_is_chosen_among_its_family(page: Page) -> None:
    page.goto("/runs/new")
    plain = page.get_by_role("group", name="Plain", exact=True).get_by_role("radio")
    assert [radio.get_attribute("value") for radio in plain.all()] == ["plain18", "plain34", "plain20", "plain56"]


def test_the_look_ahead_counts_matches_and_marks_while_one_types(page: Page) -> None:
    page.goto("/runs/new")
    ahead = page.get_by_role("region", name="Before you launch")
    expect(ahead).to_contain_text("61,706")
    page.get_by_text("Advanced", exact=True).click()
    chosen(page, "Small CNN")
    expect(ahead).to_contain_text("6,422")
    page.get_by_role("combobox", name="Match the parameters of").select_option("lenet")
    expect(page.get_by_text(re.compile(r"more than LeNet-5|fewer than LeNet-5"))).to_be_visible()
    maps = page.get_by_label("Feature maps")
    expect(maps).not_to_have_value("")
    rate = page.get_by_label("Learning rate", exact=True)
    rate.press_sequentially("0.1, 0.0")
    expect(ahead).to_contain_text("One field is to be mended first.")
    # Not under the fingers of who still types.
    expect(rate).not_to_have_attribute("aria-invalid", "true")
    rate.press_sequentially("1")
    expect(ahead).to_contain_text("2 runs")
    rate.fill("0.1, 0")
    seed = page.get_by_label("Seed", exact=True)
    seed.press_sequentially("0..2")
    expect(rate).to_have_accessible_description(re.compile("greater than 0"))
    expect(seed).to_be_focused()
    rate.fill("0.1, 0.01")
    expect(page.get_by_role("button", name="Launch 6 runs")).to_be_visible()
    expect(rate).not_to_have_attribute("aria-invalid", "true")
    ahead.get_by_text("The same with curl").click()
    expect(ahead.locator("#code-curl")).to_contain_text("/api/grids")
    # A width of one's own ends the matching; what is open stays open.
    maps.fill("4")
    expect(page.get_by_role("combobox", name="Match the parameters of")).to_have_value("")
    expect(ahead.locator("#code-curl")).to_contain_text('"features": 4')


def test_a_copy_marks_a_number_that_is_not_the_default(page: Page, finished_run: int) -> None:
    page.goto(f"/runs/new?from={finished_run}")
    mark = "(id) => getComputedStyle(document.querySelector(`label[for=${id}]`), '::after').content"
    assert (page.evaluate(mark, "epochs"), page.evaluate(mark, "seed")) == ('"not the default"', "none")


def test_a_copy_says_of_what_is_changed_what_it_was(page: Page, finished_run: int) -> None:
    page.goto(f"/runs/new?from={finished_run}")
    mark = "(id) => getComputedStyle(document.querySelector(`label[for=${id}]`), '::after').content"
    before = page.get_by_label("Epochs").input_value()
    page.get_by_label("Epochs").fill("7")
    assert page.evaluate(mark, "epochs") == f'"changed from {before}"'
    page.get_by_label("Epochs").fill(before)
    assert page.evaluate(mark, "epochs") == '"not the default"'
    page.get_by_text("Advanced", exact=True).click()
    page.get_by_label("Optimiser").select_option("adamw")
    assert page.evaluate(mark, "optimizer") == '"changed from Default (adam)"'
