"""Structures that are known to be no part of the liver: what whole-body segmentations hold besides it.

A name is known when all of its words are, and one of them is an organ's. The words are those of the
class lists of TotalSegmentator (all tasks on CT and MR), MRSegmentator, MOOSE, CADS and VISTA3D, of the AAPM's
TG-263 names, and of German, French and plain English; they say what may lie beside a liver unnoticed, never what is measured.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from flr.labels.names import canonical_name
from flr.labels.schemes import fold_name

_ORGANS: Final = frozenset(
    """
    spleen milz rate kidney kidneys niere renal adrenal adrenals suprarenal stomach magen pancreas pancreatic duodenum jejunum ileum
    bowel bowelbag intestine intestines colon sigmoid caecum cecum rectum anus appendix esophagus oesophagus bladder urinary
    urethra ureter ureters prostate uterus uterine ovary ovaries vagina cervix penis testis testes gonads seminal bulb
    lung lungs bronchus bronchi bronchial trachea pleura pleural thymus thyroid parathyroid larynx pharynx
    oropharynx hypopharynx nasopharynx mediastinum heart myocardium pericardium pericardial atrium atrial ventricle
    ventricles ventricular auricle coronary coronaries cardiac cardium
    aorta ao cava ivc svc vci brachiocephalic subclavian carotid iliac femoral pulmonary mesenteric celiac coeliac splenic
    jugular azygos gonadal lienal sma smv
    brain brainstem cerebrum cerebral cerebellum cerebellar chiasm hippocampus thalamus eye eyes lens lenses retina
    cornea cochlea optic skull cranium mandible maxilla teeth tooth tongue parotid parotids submandibular oral
    cord spinalcord spinal canal spine spinous vertebra vertebrae vertebral disc discs intervertebral sacrum coccyx
    bone bones rib ribs sternum costal cartilage cartilages clavicle clavicles clavicula claviculae scapula
    scapulae humerus radius ulna carpal metacarpal phalanges femur femurs fibula tibia patella tarsal
    metatarsal pelvis hip hips ilium ischium pubis skeleton
    muscle muscles musculature autochthon iliopsoas psoas gluteus gluteal quadratus rectus oblique obliques
    erector serratus trapezius pectoralis deltoid sartorius quadriceps hamstrings hamstring thigh trunk
    fat adipose sat vat imat skin body external patient couch table bolus air lead leads
    chest chestwall breast breasts mamma arm arms leg legs hand hands foot feet neck head face thorax thoracic abdomen abdominal
    diaphragm peritoneum peritoneal omentum omental mesentery ascites effusion
    """.split()  # noqa: SIM905
)
_QUALIFIERS: Final = frozenset(
    """
    left right l r li re lt rt bilateral both upper lower middle mid superior inferior anterior posterior medial lateral
    internal external common main lobe lobes large small big thick major minor medius maximus minimus gland glands
    artery arteries vein veins vena vessel vessels trunk trunc bag duct cavity wall sac root arch ascending descending
    appendage tissue tissues subcutaneous torso intermuscular skeletal visceral deep tract
    tree airway airways of the and in contour outline whole total organ organs c t s th n nerve nerves vesicle vesicles
    extremities extremity implant implants device drain tube lumen content contents cyst cysts stone
    stones nodule nodules lymph node nodes outside surface prv
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
