"""What a training says that cannot go on, for the eyes of `retelling`: patterns of the words in trainer/, which a test
compares with them."""

# The first of each kind is what most people meet.
FAILURES = (
    # trainer.steps, trainer.device
    "The loss became %(loss)s %(where)s. Lower the learning rate (or its schedule's peak), or choose precision fp32. "
    "The best checkpoint before it is kept.",
    "on the %(split)s split after epoch %(epoch)s",
    "Memory ran out. Lower batch_size (now %(batch_size)s) or choose a smaller architecture than %(architecture)s; "
    "other programs on the same device may also hold memory.",
    "This run asks for a CUDA device and there is none here, only the CPU. "
    "Choose device auto or cpu, or start a worker on a machine with an NVIDIA GPU.",
    # trainer.fetch, trainer.data, trainer.digits, trainer.prepared
    "The digits come with scikit-learn, and that is not here. Install epochyard[worker].",
    "%(dataset)s could not be fetched into %(folder)s; nothing half-written was left there. %(error)s. What you can "
    "do: check the network and launch the run again; or set EPOCHYARD_MIRROR_URL to a server that has the original "
    "files in a folder %(name)s/; or set EPOCHYARD_DATA_DIR to a folder that holds a prepared %(file)s.npz. The data "
    "set digits needs no download.",
    "The data folder %(folder)s cannot be written to (%(error)s). Set EPOCHYARD_DATA_DIR to a folder that can be, or "
    "to one that already holds %(name)s.npz.",
    "There is no data set %(name)s. Built in are %(known)s. To bring your own, put it into %(path)s: %(layout)s.",
    "%(path)s cannot be read as a data set (%(error)s). It needs %(layout)s.",
    "no .npz archive, or cut off",
    "%(path)s lacks %(arrays)s. It needs %(layout)s.",
    "%(path)s: %(array)s is %(found)s; expected: %(expected)s.",
    "train_images and test_images (uint8, N x C x H x W or N x H x W), train_labels and test_labels (whole numbers "
    "from 0), classes (their names as text)",
    "Memory ran out while reading %(path)s (%(error)s). Free some, or make the set smaller.",
    # trainer.models, trainer.scrambling
    "%(network)s takes images of at least %(least)s pixels, and these have %(sides)s. Choose another architecture (mlp "
    "takes any size) or larger images.",
    "The permutation's %(problem)s.",
    "blocks of %(block)s pixels do not fill images of %(sides)s; sides that do are %(known)s",
    # trainer.atomic, worker.artifacts
    "%(path)s could not be written: it needs %(size)s and %(free)s is free on the disk of %(folder)s. Make room there, "
    "then retry the run. What was saved before is kept.",
    "%(path)s could not be written: %(free)s is free on the disk of %(folder)s. Make room there, then retry the run. "
    "What was saved before is kept.",
    "%(path)s could not be written (%(error)s). See to it that the folder may be written to, then retry the run. What "
    "was saved before is kept.",
    "%(place)s cannot be stored (%(error)s). See to it that EPOCHYARD_ARTIFACTS_URL names a place that is there and "
    "may be written to, then retry the run.",
    "%(place)s cannot be fetched (%(error)s). See to it that EPOCHYARD_ARTIFACTS_URL names a place that is there and "
    "may be written to, then retry the run.",
    # trainer.checkpoint, trainer.resume
    "%(path)s is a checkpoint of %(found)s, and this run trains %(architecture)s. Give it a folder of its own, or move "
    "the checkpoint away; nothing in it was changed.",
    "%(path)s holds another network's weights: %(layer)s is %(found)s, and %(expected)s is expected.",
    "%(path)s has settings that this version does not know (%(error)s).",
    "%(path)s cannot be read (%(error)s). Start the run anew to make it again.",
    "%(path)s is damaged or cut (%(error)s).",
    "%(path)s was written by another version.",
    "%(path)s: the checkpoint of epoch %(next)s is damaged; resumed from epoch %(epoch)s (%(file)s).",
    # What it is doing before it can begin
    "Waiting for another run that is fetching a data set",
    "Fetching %(url)s",
    "Unpacking %(dataset)s",
)
