"""Publications that the criteria cite."""

from __future__ import annotations

from typing import Final

from flr.formulas import Reference

KISHI_2009: Final = Reference(
    "Kishi Y et al. Ann Surg 2009;250:540-8", "10.1097/SLA.0b013e3181b674df", doi_checked=False
)
VAUTHEY_2000: Final = Reference("Vauthey JN et al. Surgery 2000;127:512-9 (no DOI recorded)")
SHOUP_2003: Final = Reference("Shoup M et al. J Gastrointest Surg 2003;7:325-30 (no DOI recorded)")
SCHINDL_2005: Final = Reference("Schindl MJ et al. Gut 2005;54:289-96 (no DOI recorded; PMC1774834)")
DE_GRAAF_2010: Final = Reference(
    "de Graaf W et al. J Gastrointest Surg 2010;14:369-78", "10.1007/s11605-009-1085-2"
)
TRUANT_2007: Final = Reference(
    "Truant S et al. J Am Coll Surg 2007;204:22-33", "10.1016/j.jamcollsurg.2006.09.007", doi_checked=False
)
SHINDOH_2013_CHEMOTHERAPY: Final = Reference(
    "Shindoh J et al. Ann Surg Oncol 2013;20:2493-500", "10.1245/s10434-012-2864-7", doi_checked=False
)
SHINDOH_2013_KGR: Final = Reference(
    "Shindoh J et al. J Am Coll Surg 2013;216:201-9", "10.1016/j.jamcollsurg.2012.10.018"
)
KUBOTA_1997: Final = Reference("Kubota K et al. Hepatology 1997;26:1176-81", "10.1002/hep.510260514")
SHIRABE_1999: Final = Reference("Shirabe K et al. J Am Coll Surg 1999;188:304-9 (no DOI recorded)")
NAVARRO_2020: Final = Reference(
    "Navarro JG et al. Ann Surg Treat Res 2020;98:62-71 (no DOI recorded; PMC7002877)"
)
WIGGERS_2016: Final = Reference(
    "Wiggers JK et al. J Am Coll Surg 2016;223:321-31", "10.1016/j.jamcollsurg.2016.03.035"
)
OLTHOF_2017_PHC: Final = Reference("Olthof PB et al. J Am Coll Surg 2017 (no DOI recorded)")
BEDNARSCH_2021: Final = Reference(
    "Bednarsch J et al. 2021, 91 perihilar cholangiocarcinomas (no DOI recorded)"
)
BILE_DUCT_RESECTION_289: Final = Reference(
    "Remnant volume per body surface in hepatectomy with bile duct resection, 289 patients "
    "(no DOI recorded; PMC7893452)"
)
SOIN_2019: Final = Reference("Soin AS et al. Transplantation 2019;103:e39-47", "10.1097/TP.0000000000002475")
SWEDISH_TWO_STAGE: Final = Reference(
    "Swedish prospective series of two-stage colorectal practice, 48 patients (no DOI recorded; PMC6414468)"
)
WADA_2016: Final = Reference("Wada Y et al. Onco Targets Ther 2016;9:937-43 (no DOI recorded)")
NAGINO_2006: Final = Reference(
    "Nagino M et al. Ann Surg 2006;243:364-72", "10.1097/01.sla.0000201482.11876.14", doi_checked=False
)
FRANKEN_2020: Final = Reference("Franken LC et al. BJS Open 2020;4:449-55 (PMC7260406)", "10.1002/bjs5.50273")
STOCKMANN_2010: Final = Reference("Stockmann M et al. HPB 2010;12:139-46", "10.1111/j.1477-2574.2009.00151.x")
HUMEDICS: Final = Reference("LiMAx bands of the manufacturer, humedics.eu (no DOI)")
SERENARI_2018: Final = Reference(
    "Serenari M et al. Ann Surg 2018;267:1141-7", "10.1097/SLA.0000000000002150", doi_checked=False
)
TROISI_2021: Final = Reference(
    "Troisi RI et al. Br J Surg 2021 (matched Child-Pugh B resections)",
    "10.1093/bjs/znaa041",
    doi_checked=False,
)
SANTAMBROGIO_2013: Final = Reference(
    "Santambrogio R et al. HPB 2013;15:78-84", "10.1111/j.1477-2574.2012.00594.x"
)
CITTERIO_2016: Final = Reference(
    "Citterio D et al. JAMA Surg 2016;151:846-53", "10.1001/jamasurg.2016.1121", doi_checked=False
)
PLATELETS_213: Final = Reference(
    "Can J Gastroenterol Hepatol 2018:1275720, 213 extended hepatectomies (no DOI recorded)"
)
PLATELETS_198: Final = Reference("198 hepatocellular carcinomas (no DOI recorded; PMC4479695)")
MAKUUCHI_TREE: Final = Reference(
    "Makuuchi M et al. 1993; Imamura H et al. Arch Surg 2003;138:1198-206", "10.1001/archsurg.138.11.1198"
)
TAKASAKI: Final = Reference(
    "Takasaki's allowed resection from first-order clearance, as two public calculators have it (no DOI)"
)
GILBERT_DONORS: Final = Reference("Transplant Proc 2015, 2140 right donors (no DOI recorded)")
HOGAN_2015: Final = Reference(
    "Hogan MC et al. Clin Gastroenterol Hepatol 2015;13:155-64 (PMC4267913); bounds are policy",
    "10.1016/j.cgh.2014.07.051",
)
EXTRAHEPATIC_2008: Final = Reference("Dig Surg 2008;25:461-6", "10.1159/000184737")
ZORZI_2007: Final = Reference("Zorzi D et al. Br J Surg 2007;94:274-86", "10.1002/bjs.5719")
YAMANAKA_1994: Final = Reference("Yamanaka N et al. (prediction score)", "10.1007/BF02489019")
EXPERT_PRACTICE: Final = Reference(
    "Expert practice in steatohepatitis, no publication gives a number (no DOI)"
)
TOOLKIT_POLICY: Final = Reference("Policy of this toolkit: a cautious choice, no publication (no DOI)")
