"""Index groups of the 478-point face mesh, ordered from the picture's left to its right where they are rows."""

from __future__ import annotations

UPPER_INNER_LIP = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_INNER_LIP = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
UPPER_OUTER_LIP = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LOWER_OUTER_LIP = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)

# Eye A is the one on the picture's left, which is the speaker's right.
UPPER_LID_A = (33, 246, 161, 160, 159, 158, 157, 173, 133)
LOWER_LID_A = (33, 7, 163, 144, 145, 153, 154, 155, 133)
IRIS_A = (468, 469, 470, 471, 472)
UPPER_LID_B = (362, 398, 384, 385, 386, 387, 388, 466, 263)
LOWER_LID_B = (362, 382, 381, 380, 374, 373, 390, 249, 263)
IRIS_B = (473, 474, 475, 476, 477)

BROW_A_UPPER = (70, 63, 105, 66, 107)
BROW_A_LOWER = (46, 53, 52, 65, 55)
BROW_B_UPPER = (336, 296, 334, 293, 300)
BROW_B_LOWER = (285, 295, 282, 283, 276)

OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
"""The outline of the face, clockwise from the middle of the forehead."""

FOREHEAD, CHIN, NOSE_TIP = 10, 152, 1
CHEEKS = (50, 280, 205, 425)
WING_A, WING_B = 98, 327
"""The wings of the nose."""
EYE_CORNERS_A = (33, 133)
EYE_CORNERS_B = (263, 362)
TEMPLE_A, TEMPLE_B = 234, 454
