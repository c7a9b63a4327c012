"""The small curves of the list: within their frame, and said in words."""

from app.table.sparklines import HEIGHT, Sparkline


def test_a_curve_stays_within_its_frame_and_says_what_it_shows() -> None:
    line = Sparkline(((1, 0.5), (2, 0.9), (3, 0.8)))
    assert line.line == "2,18 40,2 78,6"
    assert line.mark == (40, 2)
    assert line.words == "Accuracy by epoch: from 50.00 % to 80.00 %, best 90.00 % in epoch 2"
    for flat in (((1, 0.5),), ((1, 0.5), (2, 0.5))):
        assert Sparkline(flat).mark == (2, HEIGHT / 2)
    almost = Sparkline(((1, 0.5), (2, 0.51)))
    assert almost.line == "2,14 78,6"
