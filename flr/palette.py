"""What a voxel of a planned liver is, once: number, name, colour and words of the legend."""

from __future__ import annotations

from flr.structures import ABLATED_COLOUR, colour_of

OUTSIDE, REMNANT, RESECTED, ABLATED, REMNANT_TUMOUR, RESECTED_TUMOUR, ABLATED_TUMOUR = range(7)
NONFUNCTIONAL, DEVASCULARISED, CONGESTED = 7, 8, 9

CLASS_NAMES = {
    REMNANT: "remnant",
    RESECTED: "resected",
    ABLATED: "ablated",
    REMNANT_TUMOUR: "remnant_tumour",
    RESECTED_TUMOUR: "resected_tumour",
    ABLATED_TUMOUR: "ablated_tumour",
    NONFUNCTIONAL: "remnant_nonfunctional",
    DEVASCULARISED: "remnant_devascularised",
    CONGESTED: "remnant_congested",
}
"""Labels of a planned liver, as in the fates map that is written beside the report."""

COLOURS = {
    REMNANT: colour_of("flr"),
    RESECTED: colour_of("resected"),
    ABLATED: ABLATED_COLOUR,
    REMNANT_TUMOUR: colour_of("tumour"),
    RESECTED_TUMOUR: colour_of("tumour"),
    ABLATED_TUMOUR: colour_of("tumour"),
    NONFUNCTIONAL: colour_of("cyst"),
    DEVASCULARISED: "#661100",
    CONGESTED: "#E69F00",
}
"""Okabe and Ito's palette and Paul Tol's dark brown, told apart with every common colour vision.

Resected tissue is hatched as well. Blue is left to hepatic veins and vena cava, purple to the portal vein.
"""

LEGEND = {
    "remnant": ("Remnant", (REMNANT,)),
    "resected": ("Resected", (RESECTED,)),
    "ablated": ("Ablated", (ABLATED,)),
    "tumour": ("Tumour", (REMNANT_TUMOUR, RESECTED_TUMOUR, ABLATED_TUMOUR)),
    "nonfunctional": ("Cyst or other nonfunctional tissue", (NONFUNCTIONAL,)),
    "devascularised": ("Without portal inflow", (DEVASCULARISED,)),
    "congested": ("Without venous outflow", (CONGESTED,)),
}
"""Key of a legend entry to its words and the classes that it stands for."""
