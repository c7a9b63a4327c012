"""The form of a new run: defaults follow the choice, errors stand at their fields, the keyboard suffices."""

import re

from playwright.sync_api import Page, expect


def test_empty_fields_show_the_defaults_of_the_chosen_network(page: Page) -> None:
    page.goto("/runs/new")
    page.get_by_text("Advanced", exact=True).click()
    rate = page.get_by_label("Learning rate", exact=True)
    expect(rate).to_have_attribute("placeholder", "0.001")
    page.get_by_text("MLP", exact=True).click()
    expect(rate).to_have_attribute("placeholder", "0.01")
    expect(page.get_by_label("Augment").locator("option").first).to_have_text("Default (off)")
    page.get_by_text("CIFAR-10", exact=True).click()
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
    expect(page.locator("input[value=lenet]")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("input[value=cnn]")).to_be_checked()
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator("input[value=digits]")).to_be_checked()
    page.get_by_label("Epochs").focus()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/runs/\d+$"))


def test_only_the_settings_that_apply_are_shown_and_sent(page: Page) -> None:
    page.goto("/runs/new")
    page.get_by_text("Advanced", exact=True).click()
    units, block = page.get_by_label("Hidden units"), page.get_by_label("Permutation block")
    expect(units).to_be_hidden()
    page.get_by_text("MLP", exact=True).click()
    units.fill("32")
    page.get_by_text("LeNet-5", exact=True).click()
    expect(units).to_be_hidden()
    expect(block).to_be_hidden()
    page.get_by_label("Permute pixels").check()
    expect(block).to_be_hidden()
    page.get_by_label("What is permuted").select_option("within")
    block.fill("7")
    page.get_by_text("Digits", exact=True).click()
    page.get_by_label("Epochs").fill("1")
    page.get_by_role("button", name="Launch").click()
    # The hidden 32 would be refused: LeNet has no such setting.
    page.wait_for_url(re.compile(r"/runs/\d+$"))


def test_a_network_is_chosen_among_its_family(page: Page) -> None:
    page.goto("/runs/new")
    plain = page.get_by_role("group", name="Plain", exact=True).get_by_role("radio")
    assert [radio.get_attribute("value") for radio in plain.all()] == ["plain18", "plain34", "plain20", "plain56"]
