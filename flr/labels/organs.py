"""Structures that are known to be no part of the liver: what whole-body segmentations hold besides it.

A name is known when all of its words are, and one of them is an organ's. The words are those of the
class lists of TotalSegmentator (trunk and its tasks, CT and MR), MRSegmentator, MOOSE and VISTA3D, of the
names of TG-263 in radiotherapy, and plain words; they say what may lie beside a liver unnoticed, never what
is measured.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from flr.labels.names import canonical_name
from flr.labels.schemes import fold_name

_ORGANS: Final = frozenset(
    """
    abdomen abdominal adipose adrenal adrenals air anus ao aorta appendix arm arms ascites atrial atrium
    auricle autochthon azygos bladder body bolus bone bones bowel bowelbag brachiocephalic brain
    brainstem breast breasts bronchi bronchial bronchus bulb caecum canal cardiac cardium carotid carpal
    cartilage cartilages cava cecum celiac cerebellar cerebellum cerebral cerebrum cervix chest
    chestwall chiasm clavicle clavicles clavicula claviculae coccyx cochlea coeliac colon cord cornea
    coronaries coronary costal couch cranium deltoid diaphragm disc discs duodenum effusion erector
    esophagus external eye eyes face fat feet femoral femur femurs fibula foot gluteal gluteus gonadal
    gonads hamstring hamstrings hand hands head heart hip hippocampus hips humerus hypopharynx ileum
    iliac iliopsoas ilium imat intervertebral intestine intestines ischium ivc jejunum jugular kidney
    kidneys larynx lead leads leg legs lens lenses lienal lung lungs magen mamma mandible maxilla
    mediastinum mesenteric mesentery metacarpal metatarsal milz muscle muscles musculature myocardium
    nasopharynx neck niere oblique obliques oesophagus omental omentum optic oral oropharynx ovaries
    ovary pancreas pancreatic parathyroid parotid parotids patella patient pectoralis pelvis penis
    pericardial pericardium peritoneal peritoneum phalanges pharynx pleura pleural prostate psoas pubis
    pulmonary quadratus quadriceps radius rate rectum rectus renal retina rib ribs sacrum sartorius sat
    scapula scapulae seminal serratus sigmoid skeleton skin skull sma smv spinal spinalcord spine
    spinous spleen splenic sternum stomach subclavian submandibular suprarenal svc table tarsal teeth
    testes testis thalamus thigh thoracic thorax thymus thyroid tibia tongue tooth trachea trapezius
    trunk ulna ureter ureters urethra urinary uterine uterus vagina vat vci ventricle ventricles
    ventricular vertebra vertebrae vertebral
    """.split()  # noqa: SIM905
)
_QUALIFIERS: Final = frozenset(
    """
    airway airways and anterior appendage arch arteries artery ascending bag big bilateral both c cavity
    common content contents contour cyst cysts deep descending device drain duct external extremities
    extremity gland glands implant implants in inferior intermuscular internal l large lateral left li
    lobe lobes lower lt lumen lymph main major maximus medial medius mid middle minimus minor n nerve
    nerves node nodes nodule nodules of organ organs outline outside posterior prv r re right root rt s
    sac skeletal small stone stones subcutaneous superior surface t th the thick tissue tissues torso
    total tract tree trunc trunk tube upper vein veins vena vesicle vesicles vessel vessels visceral
    wall whole
    """.split()  # noqa: SIM905
)
_WHOLE: Final = frozenset({"lymph node", "lymph nodes", "bowel", "artery", "arteries", "air", "couch"})


def is_known_elsewhere(own_name: str) -> bool:
    """Whether a name is that of an organ or a thing outside the liver, which may be left out unsaid.

    >>> is_known_elsewhere("rib_left_7"), is_known_elsewhere("Lung_R"), is_known_elsewhere("vertebrae_T12")
    (True, True, True)
    >>> is_known_elsewhere("left upper lobe"), is_known_elsewhere("node 3"), is_known_elsewhere("PTV")
    (False, False, False)
    """
    return _is_known(fold_name(own_name))


@cache
def _is_known(folded: str) -> bool:
    if folded in _WHOLE:
        return True
    words = re.findall(r"[^\W\d]+", folded)
    return (
        bool(words)
        and canonical_name(folded) is None
        and any(word in _ORGANS for word in words)
        and all(word in _ORGANS or word in _QUALIFIERS for word in words)
    )
