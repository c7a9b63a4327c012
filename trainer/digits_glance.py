"""What the bundled digits look like, without scikit-learn: importing it takes seconds and 85 MB, and the image of the
web process does not have it. A test holds these figures and images to `trainer.digits`.
"""

import numpy as np
from PIL import Image as Pictures

from trainer.catalog import DATASETS
from trainer.glance import Examples, Facts, Image

TRAIN_COUNTS = (142, 146, 142, 146, 145, 145, 145, 143, 139, 144)
TEST_COUNTS = (36, 36, 35, 37, 36, 37, 36, 36, 35, 36)
# The first two training images of each digit, 8x8: a line an image, a character a pixel, grey from 0 to g (16).
FIRST = """
005d910000dfaf5003f20b8004c008800580098004b01c7002e5ac00006da000
0019fb0000bg8e6002ga099001g4088004g4088001g51b3000ccaa00001ad300
000cd500000bg900003fg60007fgg200001gg300001gg600001gg600000bga00
0000ed100005gg20000egc0001aggc0003ceg9000005gf000004ge000001dg10
0004fc00003gfe00008d8g000016fb00018df10009gg500003dggb500003bg90
005c100000fe700000d1c00002a0e0000020g1000006f000009gf982003b8dc4
007fd10008d6f400021dd000002fb1000001cc1000001a8000845e90007dd900
029fe93004d89g800006ef30000be2000002fb0000002f400156dg6002ccdb00
0001b00000078000001d6220007f098005ga0g6004fgdg100003fa000002g400
0008f100001ed11000af3fb007g71g8009gdeg5001afge000001ga00000af400
00ca000000egge0000dgfa1000bgg70000047g7000004g900054cg40009gga00
05cdgg200bgf840008eb100008gge0000166g0000005g300015fd00004fg2000
000cd000005g800000dg300000ed000000fc720000dgdg30007gbf800019fb30
0008f100000ce000003g7000006g2000007ggd5000fg99e0003e92g20007fgb0
0078dgf100774bc000008d100488ff6002bff400000g5000009f100000d50000
0018fa0003dfee0005a0ac000035fa2000ggggc0018ce830000ad000000b9000
009e810000ceec00009a0f40003gce20004gg20003g8ad2001f13g8000bgfb10
00a7d900009acf20004bab00001ga10000cd400000c1c00001a2e00000be5000
00bc000002gggd0003gcae0001g1cf0000dg9f20000309b000009f40009cd300
006e400000bga000008eg200001ccb0000000b30000005b0001447g2007ggdb1
"""
EACH = 2
GREYS = "0123456789abcdefg"


def facts() -> Facts:
    info = DATASETS["digits"]
    return Facts(info.shape, info.classes, TRAIN_COUNTS, TEST_COUNTS)


def examples(classes: int, each: int) -> Examples:
    """The first `each` training images of each class, two at most, uint8 (1, 28, 28) as trainings take them: but for
    one grey level, by which Pillow may round otherwise than torch."""
    images = [_scaled(line) for line in FIRST.split()]
    return [images[EACH * label :][: min(each, EACH)] for label in range(classes)]


def _scaled(line: str) -> Image:
    small = np.array([GREYS.index(grey) for grey in line], np.float32).reshape(8, 8) * (255 / 16)
    _, height, width = DATASETS["digits"].shape
    large = Pictures.fromarray(small).resize((width, height), Pictures.Resampling.BILINEAR)
    return np.asarray(large).round().astype(np.uint8)[np.newaxis]
