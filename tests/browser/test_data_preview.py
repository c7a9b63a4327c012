"""A look at the data in the form: the pictures follow the choice, and nothing moves when they come."""

from playwright.sync_api import Page, expect

SHIFT = (
    "window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => "
    "{ window.shift += entry.value; })).observe({ type: 'layout-shift', buffered: true });"
)


def test_the_same_digits_are_scrambled_as_soon_as_the_switch_is_on(page: Page) -> None:
    page.add_init_script(SHIFT)
    page.goto("/runs/new")
    preview = page.get_by_role("region", name="A look at the data")
    page.locator("input[name=dataset][value=digits]").check()
    picture = preview.get_by_role("img", name="Training images")
    expect(picture).to_have_attribute("alt", "Training images, a column a class: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9.")
    page.get_by_label("Permute pixels").check()
    expect(preview).to_contain_text("Lower row: scrambled")
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 604
    page.locator("input[name=dataset][value=fashion_mnist]").check()
    expect(preview).to_contain_text("Fashion-MNIST is fetched on the first run")
    assert page.evaluate("window.shift") < 0.02
    page.locator("input[name=dataset][value=digits]").check()
    page.get_by_text("Advanced", exact=True).click()
    page.get_by_label("What is permuted").select_option("blocks")
    page.get_by_label("Permutation block").fill("5")
    page.get_by_label("Permutation block").blur()
    expect(preview).to_contain_text("Blocks of 5×5 pixels do not fill images of 28×28.")
    expect(picture).to_have_count(0)
