"""The tables that networks are built from: maps, depths and sizes. Standard library only."""

POOL = 0
# Output channels of each 3x3 convolution of VGG; Simonyan and Zisserman (2014), table 1, columns A, B, D and E.
VGG_LAYOUTS: dict[int, tuple[int, ...]] = {
    11: (64, POOL, 128, POOL, 256, 256, POOL, 512, 512, POOL, 512, 512, POOL),
    13: (64, 64, POOL, 128, 128, POOL, 256, 256, POOL, 512, 512, POOL, 512, 512, POOL),
    16: (64, 64, POOL, 128, 128, POOL, *[256] * 3, POOL, *[512] * 3, POOL, *[512] * 3, POOL),
    19: (64, 64, POOL, 128, 128, POOL, *[256] * 4, POOL, *[512] * 4, POOL, *[512] * 4, POOL),
}
# Its five poolings need 2^5 pixels a side to leave one; smaller images get a border.
SIDE = 32

# (maps, basic blocks) of each stage of a ResNet, two convolutions a block; He et al. (2015), table 1 and section 4.2.
STAGES: dict[int, tuple[tuple[int, int], ...]] = {
    18: ((64, 2), (128, 2), (256, 2), (512, 2)),
    34: ((64, 3), (128, 4), (256, 6), (512, 3)),
    20: ((16, 3), (32, 3), (64, 3)),
    56: ((16, 9), (32, 9), (64, 9)),
}
# The paper's CIFAR-10 networks, whose shortcuts have no parameters.
THIN = (20, 56)

# Widths of Jordan's three blocks. The first is narrow because its image is large: half of its time is memory traffic.
VGG_WIDTHS = (64, 256, 256)
# Page's: each stage doubles the maps where pooling quarters them.
RESNET_WIDTHS = (128, 256, 512)
# Pixels a side of the whitened patch. 3 gives 27 directions, most of them noise, at more than twice the cost.
WHITENED = 2
