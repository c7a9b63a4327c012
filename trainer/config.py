"""A run's configuration: one frozen dataclass that is the form, the API schema and the trainer's argument.

Standard library only, so that the web process reads it without loading torch. The metadata of each field is what
pydantic understands (title, description, ge, le, gt, pattern) plus `json_schema_extra` for the form.
"""

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_type_hints

from trainer import accepted, scope
from trainer.accepted import ConfigError as ConfigError

Architecture = Literal[
    "mlp",
    "cnn",
    "lenet",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg19",
    "resnet18",
    "resnet34",
    "resnet20",
    "resnet56",
    "plain18",
    "plain34",
    "plain20",
    "plain56",
    "fastvgg",
    "resnet9",
]
Head = Literal["linear", "conv1x1"]
Permutation = Literal["full", "blocks", "within", "rows"]
Optimizer = Literal["sgd", "adam", "adamw"]
Schedule = Literal["constant", "step", "cosine", "onecycle", "triangle"]
Precision = Literal["auto", "fp32", "bf16"]
Device = Literal["auto", "cpu", "cuda"]

# A data set's name is also its file name: nothing that could leave the data folder.
DATASET_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"


def setting(default: Any, title: str, description: str, *, group: str = "advanced", **limits: Any) -> Any:
    """A dataclass field with its words and limits; `group` says where the form shows it (basic or advanced)."""
    metadata = {"title": title, "description": description, "json_schema_extra": {"group": group}, **limits}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Everything that decides a run's result. Equal configurations give equal results on one machine.

    Raises ConfigError when a value is outside what its field accepts.
    """

    architecture: Architecture = setting("lenet", "Architecture", "The network that is trained.", group="basic")
    dataset: str = setting(
        "mnist",
        "Data set",
        "A built-in data set, or the name of a prepared .npz file in the data folder.",
        group="basic",
        pattern=DATASET_PATTERN,
    )
    hidden: int = setting(8, "Hidden units", "Units of each of the MLP's two hidden layers.", ge=1, le=4096)
    features: int = setting(6, "Feature maps", "Maps of each of the small CNN's two convolutions.", ge=1, le=512)
    batch_norm: bool = setting(
        True,
        "Batch norm",
        "Batch norm behind every convolution of VGG. Off as in 2014, with initial weights large enough to do without.",
    )
    dropout: float = setting(
        0.0,
        "Dropout",
        "Share of the values that training sets to zero: of every hidden fully connected layer, or where there is "
        "none, of what the classifier is given.",
        ge=0.0,
        lt=1.0,
    )
    head: Head = setting(
        "linear",
        "Classifier",
        "conv1x1: a 1x1 convolution to one map a class, then the mean of each map. In LeNet and the CNN it takes the "
        "place of all fully connected layers and saves most parameters; VGG and ResNet average their maps anyway, so "
        "that it computes the same as linear.",
    )
    permute: bool = setting(
        False,
        "Permute pixels",
        "Scramble the pixel positions of every image with one fixed permutation.",
        group="basic",
    )
    permutation: Permutation = setting(
        "full",
        "What is permuted",
        "full: single pixels over the whole image; blocks: square blocks as wholes; within: pixels inside their "
        "block; rows: whole rows.",
    )
    permutation_block: int = setting(
        4, "Permutation block", "Pixels a side of a block; it must divide the sides of the image.", ge=1, le=1024
    )
    permutation_fraction: float = setting(
        1.0,
        "Permuted share",
        "Share of the pixels (of the blocks, of each block's pixels, of the rows) that change places among each other.",
        ge=0.0,
        le=1.0,
    )
    permutation_seed: int = setting(
        0,
        "Permutation seed",
        "Runs that name the same seed scramble the pixels in the same way.",
        ge=0,
        le=2**31 - 1,
    )
    epochs: int = setting(
        10,
        "Epochs",
        "How many times the network sees the whole training split.",
        group="basic",
        ge=1,
        le=1000,
    )
    batch_size: int = setting(64, "Batch size", "Images per optimiser step.", ge=1, le=8192)
    optimizer: Optimizer = setting("adam", "Optimiser", "The rule that turns gradients into weight changes.")
    learning_rate: float = setting(
        1e-3,
        "Learning rate",
        "Step size of the optimiser; the peak value under a schedule.",
        gt=0.0,
        le=100.0,
    )
    momentum: float = setting(0.0, "Momentum", "Momentum of SGD; Adam and AdamW ignore it.", ge=0.0, lt=1.0)
    nesterov: bool = setting(False, "Nesterov", "Let SGD's momentum look one step ahead; Adam and AdamW ignore it.")
    weight_decay: float = setting(
        0.0, "Weight decay", "L2 penalty of SGD and Adam; decoupled in AdamW.", ge=0.0, le=10.0
    )
    schedule: Schedule = setting(
        "constant",
        "Learning-rate schedule",
        "constant; step (a tenth at half and again at three quarters of the epochs); cosine to zero; onecycle "
        "(up for 30 % of the steps, then down, along cosines); triangle (up for 23 %, then down, in straight lines).",
    )
    bias_rate: float = setting(
        1.0,
        "Learning rate of biases",
        "Multiple of the learning rate that biases learn with; their weight decay is divided by it.",
        gt=0.0,
        le=1000.0,
    )
    augment: bool = setting(False, "Augment", "Random crop and horizontal flip of the training images.")
    crop_padding: int = setting(
        4, "Crop padding", "Pixels that a random crop may move an image by, each way; 0 only flips.", ge=0, le=4
    )
    shuffle: bool = setting(True, "Shuffle", "Draw a new order of the training images every epoch.")
    validation_fraction: float = setting(
        0.1,
        "Validation fraction",
        "Share of the training images held out, stratified by class, to choose the best checkpoint on. With 0 the "
        "run trains on everything and chooses on the test split, which is optimistic.",
        ge=0.0,
        le=0.5,
    )
    watch_test: bool = setting(
        False,
        "Watch the test split",
        "Also measure the test split after every epoch, to look at, never to choose by.",
    )
    label_smoothing: float = setting(
        0.0,
        "Label smoothing",
        "Share of the target spread evenly over the classes, in training only.",
        ge=0.0,
        lt=1.0,
    )
    ema: float = setting(
        0.0,
        "Weight averaging",
        "Evaluate and keep an exponential moving average of the weights; this share of it stays in every step "
        "(0.98 averages about 50 steps). 0 takes the weights as they are.",
        ge=0.0,
        lt=1.0,
    )
    test_time_flips: bool = setting(
        False, "Test-time flips", "Evaluate the mean of the logits of each image and of its mirror image."
    )
    observe: bool = setting(
        False,
        "Observe the layers",
        "Gradient norm of every layer, and |F(x)| / |x| of every residual block, at each report.",
    )
    precision: Precision = setting(
        "auto", "Precision", "auto takes bfloat16 where it is faster on the device; fp32 is exact."
    )
    deterministic: bool = setting(False, "Deterministic", "The same bits every time on one machine; slower on a GPU.")
    device: Device = setting("auto", "Device", "auto takes a GPU when the worker has one.")
    seed: int = setting(
        0,
        "Seed",
        "Decides the initial weights, the order, the augmentation and the dropout.",
        ge=0,
        le=2**31 - 1,
    )

    def __post_init__(self) -> None:
        problems = {
            name: problem
            for name in FIELDS
            if (problem := accepted.problem(TYPES[name], FIELDS[name].metadata, getattr(self, name)))
        }
        # Whether values go together can only be told of values that are accepted.
        if not problems:
            values = self.as_dict()
            together = {name: scope.problem(name, values, item.default) for name, item in FIELDS.items()}
            problems = {name: problem for name, problem in together.items() if problem}
        if problems:
            raise ConfigError(problems)

    def as_dict(self) -> dict[str, Any]:
        """The configuration as plain JSON values."""
        return asdict(self)

    @property
    def cut(self) -> bool:
        """Whether the permutation cuts the images into blocks."""
        return self.permute and self.permutation in ("blocks", "within")

    def network(self) -> dict[str, Any]:
        """The settings that the architecture is built with."""
        having = [name for name, architectures in scope.BELONGS.items() if self.architecture in architectures]
        return {name: getattr(self, name) for name in having}


FIELDS = {item.name: item for item in fields(RunConfig)}
TYPES = get_type_hints(RunConfig)


def choices(name: str) -> tuple[str, ...]:
    """The values a field accepts when it accepts only a few, else nothing."""
    return accepted.choices(TYPES[name])
