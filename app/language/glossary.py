"""The words of the field in a sentence or two each, for people who meet them here first."""

from dataclasses import dataclass

from app.language.words import gettext as _


@dataclass(frozen=True)
class Term:
    """One word: `title` as the page uses it, `text` what it means."""

    name: str
    title: str
    text: str


def terms() -> dict[str, Term]:
    """Every term by its name, in the order in which a beginner would ask, in the language of this request."""
    words = (
        (
            "epoch",
            _("Epoch"),
            _(
                "One pass over all training images, in an order drawn anew each time. After each epoch the network "
                "is tried on images that it was not trained on."
            ),
        ),
        (
            "step",
            _("Step"),
            _(
                "One change of the weights: the network looks at a batch of images, measures how wrong it is, and "
                "moves every weight a little the way that makes it less wrong. With 60,000 images and batches of 64"
                " an epoch has 938 steps."
            ),
        ),
        (
            "loss",
            _("Loss"),
            _(
                "How surprised the network is by the right answers: the cross-entropy, averaged over the images. 0 "
                "is certain and right; guessing among ten classes gives 2.3. Training makes this number smaller; "
                "accuracy follows."
            ),
        ),
        (
            "accuracy",
            _("Accuracy"),
            _(
                "The share of images whose class the network names rightly. It was measured on so many images and "
                "no more: the interval beside it says how far chance alone may have moved it."
            ),
        ),
        (
            "learning-rate",
            _("Learning rate"),
            _(
                "How far a step moves the weights. Too small and nothing happens for long; too large and the loss "
                "jumps about or grows without end. A schedule lowers it towards the end, so that the last steps "
                "settle."
            ),
        ),
        (
            "split",
            _("Training, validation and test split"),
            _(
                "The network learns from the training split. The validation split, held out of it, chooses the best"
                " epoch. The test split is looked at once, at the end: a number that nothing was chosen by is one "
                "to trust."
            ),
        ),
        (
            "checkpoint",
            _("Checkpoint"),
            _(
                "The weights as they were at the end of an epoch, kept in a file. The best one is kept beside the "
                "last: training longer may make the network worse on new images, and the best is rarely the last."
            ),
        ),
        (
            "interval",
            _("95 % interval"),
            _(
                "Another draw of as many test images would have given another accuracy. Nineteen times in twenty "
                "this interval, made from the number of images, holds the true one. Two runs whose difference fits "
                "into it were not told apart."
            ),
        ),
        (
            "confusion",
            _("Confusion matrix"),
            _(
                "A row for every true class, a column for every answer. On the diagonal stands what was right; a "
                "number elsewhere says how often the one class was taken for the other."
            ),
        ),
        (
            "permutation",
            _("Pixel permutation"),
            _(
                "The pixels of every image change places in the same way, drawn once. Nothing is lost, only who "
                "lies beside whom; a convolution, which looks at neighbours, misses that, and an MLP does not."
            ),
        ),
        (
            "gradient",
            _("Gradient norm"),
            _(
                "How strongly a layer is told to change in a step. Where it is near zero in the first layers, the "
                "signal dies on its way back through the network, and those layers do not learn."
            ),
        ),
        (
            "throughput",
            _("Throughput"),
            _("Training images a second. It says how long an epoch takes, not how well the network learns."),
        ),
    )
    return {name: Term(name, title, text) for name, title, text in words}
