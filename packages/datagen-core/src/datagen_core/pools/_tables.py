"""Data that mimesis does not have: currencies, account numbers, plates, postal prefixes, words for slogans."""

from __future__ import annotations

#: ISO 4217 codes with their English names.
CURRENCIES = """
AED UAE dirham
AFN Afghan afghani
ALL Albanian lek
AMD Armenian dram
AOA Angolan kwanza
ARS Argentine peso
AUD Australian dollar
AWG Aruban florin
AZN Azerbaijani manat
BAM Bosnia and Herzegovina convertible mark
BBD Barbados dollar
BDT Bangladeshi taka
BHD Bahraini dinar
BIF Burundian franc
BMD Bermudian dollar
BND Brunei dollar
BOB Bolivian boliviano
BRL Brazilian real
BSD Bahamian dollar
BTN Bhutanese ngultrum
BWP Botswana pula
BYN Belarusian ruble
BZD Belize dollar
CAD Canadian dollar
CDF Congolese franc
CHF Swiss franc
CLP Chilean peso
CNY Renminbi
COP Colombian peso
CRC Costa Rican colón
CUP Cuban peso
CVE Cape Verdean escudo
CZK Czech koruna
DJF Djiboutian franc
DKK Danish krone
DOP Dominican peso
DZD Algerian dinar
EGP Egyptian pound
ERN Eritrean nakfa
ETB Ethiopian birr
EUR Euro
FJD Fiji dollar
FKP Falkland Islands pound
GBP Pound sterling
GEL Georgian lari
GHS Ghanaian cedi
GIP Gibraltar pound
GMD Gambian dalasi
GNF Guinean franc
GTQ Guatemalan quetzal
GYD Guyanese dollar
HKD Hong Kong dollar
HNL Honduran lempira
HTG Haitian gourde
HUF Hungarian forint
IDR Indonesian rupiah
ILS Israeli new shekel
INR Indian rupee
IQD Iraqi dinar
IRR Iranian rial
ISK Icelandic króna
JMD Jamaican dollar
JOD Jordanian dinar
JPY Japanese yen
KES Kenyan shilling
KGS Kyrgyzstani som
KHR Cambodian riel
KMF Comorian franc
KPW North Korean won
KRW South Korean won
KWD Kuwaiti dinar
KYD Cayman Islands dollar
KZT Kazakhstani tenge
LAK Lao kip
LBP Lebanese pound
LKR Sri Lankan rupee
LRD Liberian dollar
LSL Lesotho loti
LYD Libyan dinar
MAD Moroccan dirham
MDL Moldovan leu
MGA Malagasy ariary
MKD Macedonian denar
MMK Myanmar kyat
MNT Mongolian tögrög
MOP Macanese pataca
MRU Mauritanian ouguiya
MUR Mauritian rupee
MVR Maldivian rufiyaa
MWK Malawian kwacha
MXN Mexican peso
MYR Malaysian ringgit
MZN Mozambican metical
NAD Namibian dollar
NGN Nigerian naira
NIO Nicaraguan córdoba
NOK Norwegian krone
NPR Nepalese rupee
NZD New Zealand dollar
OMR Omani rial
PAB Panamanian balboa
PEN Peruvian sol
PGK Papua New Guinean kina
PHP Philippine peso
PKR Pakistani rupee
PLN Polish złoty
PYG Paraguayan guaraní
QAR Qatari riyal
RON Romanian leu
RSD Serbian dinar
RUB Russian ruble
RWF Rwandan franc
SAR Saudi riyal
SBD Solomon Islands dollar
SCR Seychelles rupee
SDG Sudanese pound
SEK Swedish krona
SGD Singapore dollar
SHP Saint Helena pound
SLE Sierra Leonean leone
SOS Somali shilling
SRD Surinamese dollar
SSP South Sudanese pound
STN São Tomé and Príncipe dobra
SYP Syrian pound
SZL Swazi lilangeni
THB Thai baht
TJS Tajikistani somoni
TMT Turkmenistan manat
TND Tunisian dinar
TOP Tongan paʻanga
TRY Turkish lira
TTD Trinidad and Tobago dollar
TWD New Taiwan dollar
TZS Tanzanian shilling
UAH Ukrainian hryvnia
UGX Ugandan shilling
USD United States dollar
UYU Uruguayan peso
UZS Uzbekistani so'm
VES Venezuelan bolívar
VND Vietnamese đồng
VUV Vanuatu vatu
WST Samoan tala
XAF Central African CFA franc
XCD East Caribbean dollar
XOF West African CFA franc
XPF CFP franc
YER Yemeni rial
ZAR South African rand
ZMW Zambian kwacha
"""

#: Locale -> country of its bank accounts and their domestic part: # digit, @ letter (SWIFT IBAN registry).
IBANS = {
    "ar-ae": ("AE", "###################"),
    "ar-jo": ("JO", "@@@@####??????????????????"),
    "ar-kw": ("KW", "@@@@??????????????????????"),
    "ar-qa": ("QA", "@@@@?????????????????????"),
    "ar-sa": ("SA", "##??????????????????"),
    "az": ("AZ", "@@@@????????????????????"),
    "cs": ("CZ", "####################"),
    "da": ("DK", "##############"),
    "de": ("DE", "##################"),
    "de-at": ("AT", "################"),
    "de-ch": ("CH", "#####????????????"),
    "el": ("GR", "#######????????????????"),
    "en-gb": ("GB", "@@@@##############"),
    "es": ("ES", "####################"),
    "et": ("EE", "################"),
    "fi": ("FI", "##############"),
    "fr": ("FR", "##########???????????##"),
    "hr": ("HR", "#################"),
    "hu": ("HU", "########################"),
    "is": ("IS", "######################"),
    "it": ("IT", "@##########????????????"),
    "kk": ("KZ", "###?????????????"),
    "nl": ("NL", "@@@@##########"),
    "nl-be": ("BE", "############"),
    "no": ("NO", "###########"),
    "pl": ("PL", "########################"),
    "pt": ("PT", "#####################"),
    "pt-br": ("BR", "#######################@?"),
    "sk": ("SK", "####################"),
    "sv": ("SE", "####################"),
    "tr": ("TR", "#####0????????????????"),
    "uk": ("UA", "######???????????????????"),
}
#: Countries without IBANs write British ones, as Faker does.
DEFAULT_IBAN = ("GB", "@@@@##############")

#: Locale -> layouts of licence plates: # digit, @ letter.
PLATES = {
    "da": ("@@ ## ###",),
    "de": ("@-@@ ####", "@@-@@ ###", "@@@-@@ ##"),
    "de-at": ("@-#####@", "@@-###@@"),
    "de-ch": ("ZH ######", "BE ######", "VD ######", "AG ######"),
    "en": ("@@@-####", "@@@ ####", "#@@@###", "@@#-####", "###-@@@"),
    "en-au": ("@@@-###", "#@@-#@@"),
    "en-ca": ("@@@@ ###", "@@@ ####"),
    "en-gb": ("@@## @@@",),
    "es": ("#### @@@",),
    "fi": ("@@@-###",),
    "fr": ("@@-###-@@",),
    "hu": ("@@@-###", "@@-@@-###"),
    "it": ("@@ ###@@",),
    "nl": ("@@-###-@", "#-@@@-##", "##-@@@-#"),
    "nl-be": ("#-@@@-###",),
    "no": ("@@ #####",),
    "pl": ("@@ #####", "@@@ ####"),
    "pt": ("##-@@-##", "@@-##-@@"),
    "pt-br": ("@@@#@##", "@@@-####"),
    "sk": ("@@-###@@",),
    "sv": ("@@@ ###", "@@@ ##@"),
    "tr": ("## @@@ ##", "## @@ ###"),
}
DEFAULT_PLATES = ("@@@-####", "##-@@-##")

#: First three digits of a ZIP code per state (USPS Publication 65, without the few split exceptions).
ZIP_PREFIXES = {
    "AL": (350, 369), "AK": (995, 999), "AZ": (850, 865), "AR": (716, 729), "CA": (900, 961), "CO": (800, 816),
    "CT": (60, 69), "DE": (197, 199), "FL": (320, 349), "GA": (300, 319), "HI": (967, 968), "ID": (832, 838),
    "IL": (600, 629), "IN": (460, 479), "IA": (500, 528), "KS": (660, 679), "KY": (400, 427), "LA": (700, 714),
    "ME": (39, 49), "MD": (206, 219), "MA": (10, 27), "MI": (480, 499), "MN": (550, 567), "MS": (386, 397),
    "MO": (630, 658), "MT": (590, 599), "NE": (680, 693), "NV": (889, 898), "NH": (30, 38), "NJ": (70, 89),
    "NM": (870, 884), "NY": (100, 149), "NC": (270, 289), "ND": (580, 588), "OH": (430, 459), "OK": (730, 749),
    "OR": (970, 979), "PA": (150, 196), "RI": (28, 29), "SC": (290, 299), "SD": (570, 577), "TN": (370, 385),
    "TX": (750, 799), "UT": (840, 847), "VT": (50, 59), "VA": (220, 246), "WA": (980, 994), "WV": (247, 268),
    "WI": (530, 549), "WY": (820, 831),
}  # fmt: skip

#: State -> abbreviation where mimesis lists the two in different orders (ISO 3166-2).
STATE_CODES = {
    "de": {
        "Baden-Württemberg": "BW", "Bayern": "BY", "Berlin": "BE", "Brandenburg": "BB", "Bremen": "HB",
        "Hamburg": "HH", "Hessen": "HE", "Mecklenburg-Vorpommern": "MV", "Niedersachsen": "NI",
        "Nordrhein-Westfalen": "NW", "Rheinland-Pfalz": "RP", "Saarland": "SL", "Sachsen": "SN",
        "Sachsen-Anhalt": "ST", "Schleswig-Holstein": "SH", "Thüringen": "TH",
    },
    "nl": {
        "Groningen": "GR", "Friesland": "FR", "Drenthe": "DR", "Overijssel": "OV", "Flevoland": "FL",
        "Gelderland": "GE", "Utrecht": "UT", "Noord-Holland": "NH", "Zuid-Holland": "ZH", "Zeeland": "ZE",
        "Noord-Brabant": "NB", "Limburg": "LI",
    },
    "en-ca": {
        "Alberta": "AB", "British Columbia": "BC", "Manitoba": "MB", "New Brunswick": "NB",
        "Newfoundland and Labrador": "NL", "Newfoundland": "NL", "Northwest Territories": "NT", "Nova Scotia": "NS",
        "Nunavut": "NU", "Ontario": "ON", "Prince Edward Island": "PE", "Quebec": "QC", "Saskatchewan": "SK",
        "Yukon": "YT", "Yukon Territory": "YT",
    },
}  # fmt: skip

#: Issuer -> (share, prefix, digits in all).
CARDS = {
    "Visa": (0.50, "4", 16),
    "Mastercard": (0.30, "5", 16),
    "American Express": (0.12, "3", 15),
    "Discover": (0.08, "6011", 16),
}

#: Words of slogans, after the catch phrases of joke2k/faker (MIT).
_HOW = (
    "adaptive automated balanced compatible configurable cross-team customizable decentralized digitized distributed "
    "diverse enhanced ergonomic exclusive expanded extended focused front-line fully-configurable fundamental "
    "horizontal innovative integrated intuitive inverse managed mandatory multi-channel multi-layered networked "
    "open-source operative optimized optional organic organized persistent phased polarised proactive profound "
    "programmable progressive reactive realigned reduced robust seamless secured self-enabling sharable "
    "stand-alone streamlined switchable synchronised synergistic team-oriented total triple-buffered universal "
    "upgradable user-centric user-friendly versatile virtual visionary"
)
_WHAT = (
    "24/7 3rd-generation actuating analyzing asymmetric asynchronous attitude-oriented bandwidth-monitored "
    "bi-directional bottom-line clear-thinking client-driven client-server coherent composite content-based "
    "context-sensitive dedicated demand-driven didactic directional discrete disintermediate dynamic eco-centric "
    "encompassing executive explicit fault-tolerant foreground full-range global grid-enabled heuristic high-level "
    "holistic human-resource hybrid impactful incremental intangible interactive intermediate leading-edge local "
    "logistical maximized methodical mission-critical mobile modular motivating national needs-based neutral "
    "next-generation object-oriented optimizing radical real-time reciprocal regional responsive scalable secondary "
    "stable static systematic tangible tertiary transitional value-added web-enabled well-modulated zero-defect"
)
_THING = (
    "ability access adapter algorithm alliance analyzer application approach architecture archive array attitude "
    "benchmark capability capacity challenge circuit collaboration complexity concept contingency core database "
    "definition emulation encoding encryption extranet firmware flexibility forecast framework function groupware "
    "hardware help-desk hierarchy hub implementation infrastructure initiative instruction interface intranet "
    "knowledge leverage matrix methodology middleware migration model moderator monitoring moratorium network "
    "neural-net open-system orchestration paradigm parallelism policy portal pricing-structure process-improvement "
    "productivity project projection protocol service-desk software solution standardization strategy structure "
    "success superstructure support synergy system-engine task-force throughput time-frame toolset utilization "
    "website workforce"
)
SLOGAN_HOW, SLOGAN_WHAT, SLOGAN_THING = (tuple(words.split()) for words in (_HOW, _WHAT, _THING))
