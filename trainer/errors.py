"""Why a training could not go on. The messages are for people and say what to do.

TrainingError
 +-- DataUnavailable     the data set is not there, cannot be fetched, or is not laid out as expected
 +-- DoesNotFit          the architecture or the permutation cannot take images of this size
 +-- DeviceUnavailable   the device or precision asked for is not there
 +-- NonFiniteLoss       the loss became NaN or infinite
 +-- OutOfMemory         the device (or the machine) has too little memory for this run
 +-- CheckpointDamaged   a checkpoint file cannot be read
 +-- CheckpointMismatch  a checkpoint is of another architecture than the run
 +-- CannotSave          a checkpoint or picture cannot be written
"""


class TrainingError(Exception):
    """Any reason a run ends early that a person can act on."""


class DataUnavailable(TrainingError):
    """The data set is unknown, could not be fetched, or its file is malformed."""


class DoesNotFit(TrainingError):
    """The architecture, or the blocks of the permutation, and the data set's image size do not go together."""


class DeviceUnavailable(TrainingError):
    """The configuration names a device that this machine lacks."""


class NonFiniteLoss(TrainingError):
    """The loss is no number any more; the best checkpoint so far is kept."""


class OutOfMemory(TrainingError):
    """Memory ran out."""


class CheckpointDamaged(TrainingError):
    """A checkpoint is missing, cut or not one of ours."""


class CheckpointMismatch(TrainingError):
    """A checkpoint holds another network than the one it is wanted for; it is kept as it is."""


class CannotSave(TrainingError):
    """The run's folder cannot be written to, or its disk is full; what was there before is kept."""
