"""Where a setting has something to say: the architectures that it belongs to, and what must be set beside it.

Standard library only, and nothing of the trainer: the configuration, the form, the API and the tests read these tables.
"""

from collections.abc import Mapping
from typing import Any

SMALL = ("mlp", "cnn", "lenet")
VGG = ("vgg11", "vgg13", "vgg16", "vgg19")
RESIDUAL = ("resnet18", "resnet34", "resnet20", "resnet56")
PLAIN = ("plain18", "plain34", "plain20", "plain56")
FAST = ("fastvgg", "resnet9")

# Architectures that belong together, by the title of their group.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "Small": SMALL,
    "VGG": VGG,
    "Residual": RESIDUAL,
    "Plain": PLAIN,
    "Made for speed": FAST,
}

# Setting -> the architectures that have it. A setting that is not named belongs to all.
BELONGS: Mapping[str, tuple[str, ...]] = {
    "hidden": ("mlp",),
    "features": ("cnn",),
    "dropout": (*SMALL, *VGG, *RESIDUAL, *PLAIN),
    "batch_norm": VGG,
    "head": ("cnn", "lenet", *VGG, *RESIDUAL, *PLAIN),
}

# The settings that decide how many parameters there are; with the data set come the images' shape and the classes.
SIZED_BY = ("architecture", "dataset", "hidden", "features", "batch_norm", "head")

# Setting -> other settings, and the values of theirs beside which it does something.
NEEDS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "permutation": {"permute": (True,)},
    "permutation_block": {"permute": (True,), "permutation": ("blocks", "within")},
    "permutation_fraction": {"permute": (True,)},
}


def matters(name: str, values: Mapping[str, Any]) -> bool:
    """Whether the setting does anything beside the other values; what a network does not have is no setting of its."""
    having, beside = BELONGS.get(name), NEEDS.get(name, {})
    if having and values["architecture"] not in having:
        return False
    return all(values[other] in useful for other, useful in beside.items() if other in values)


def problem(name: str, values: Mapping[str, Any], default: Any) -> str | None:
    """Why `name` cannot differ from its default beside the other values, in words, or None when it can."""
    if values[name] == default:
        return None
    architecture, having = values["architecture"], BELONGS.get(name)
    if having and architecture not in having:
        return f"{name} is a setting of {', '.join(having)}; {architecture} has none. Leave it at {_plain(default)}"
    if name == "watch_test" and not values["validation_fraction"]:
        return "watch_test does something only with a validation split: without one the test split is measured anyway"
    for other, useful in NEEDS.get(name, {}).items():
        if values[other] not in useful:
            wanted = " or ".join(map(_plain, useful))
            return f"{name} does something only with {other} {wanted}, and that is {_plain(values[other])}"
    return None


def block_problem(block: int, height: int, width: int) -> str | None:
    """Why an image cannot be cut into blocks of `block` pixels a side, in words, or None when it can."""
    if height % block == 0 and width % block == 0:
        return None
    return (
        f"blocks of {block}x{block} pixels do not fill images of {height}x{width}; "
        f"sides that do are {', '.join(map(str, block_sides(height, width)))}"
    )


def block_sides(height: int, width: int) -> list[int]:
    """The sides in pixels of the square blocks that fill an image."""
    return [side for side in range(1, min(height, width) + 1) if height % side == width % side == 0]


def _plain(value: Any) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
