"""Countries: ISO 3166-1 alpha-2 and alpha-3 codes with English short names; and whose locale mimesis has.

The first name of a line is the one that `country` writes; further names (after `;`) are read as well.
"""

from __future__ import annotations

COUNTRIES = """
AD AND Andorra
AE ARE United Arab Emirates;UAE;Emirates
AF AFG Afghanistan
AG ATG Antigua and Barbuda
AI AIA Anguilla
AL ALB Albania
AM ARM Armenia
AO AGO Angola
AQ ATA Antarctica
AR ARG Argentina
AS ASM American Samoa
AT AUT Austria
AU AUS Australia
AW ABW Aruba
AX ALA Åland Islands
AZ AZE Azerbaijan
BA BIH Bosnia and Herzegovina;Bosnia
BB BRB Barbados
BD BGD Bangladesh
BE BEL Belgium
BF BFA Burkina Faso
BG BGR Bulgaria
BH BHR Bahrain
BI BDI Burundi
BJ BEN Benin
BL BLM Saint Barthélemy
BM BMU Bermuda
BN BRN Brunei Darussalam;Brunei
BO BOL Bolivia
BQ BES Bonaire, Sint Eustatius and Saba
BR BRA Brazil
BS BHS Bahamas;The Bahamas
BT BTN Bhutan
BV BVT Bouvet Island
BW BWA Botswana
BY BLR Belarus
BZ BLZ Belize
CA CAN Canada
CC CCK Cocos (Keeling) Islands
CD COD Democratic Republic of the Congo
CF CAF Central African Republic
CG COG Congo
CH CHE Switzerland
CI CIV Côte d'Ivoire;Ivory Coast
CK COK Cook Islands
CL CHL Chile
CM CMR Cameroon
CN CHN China;People's Republic of China
CO COL Colombia
CR CRI Costa Rica
CU CUB Cuba
CV CPV Cabo Verde;Cape Verde
CW CUW Curaçao
CX CXR Christmas Island
CY CYP Cyprus
CZ CZE Czechia;Czech Republic
DE DEU Germany;Federal Republic of Germany
DJ DJI Djibouti
DK DNK Denmark
DM DMA Dominica
DO DOM Dominican Republic
DZ DZA Algeria
EC ECU Ecuador
EE EST Estonia
EG EGY Egypt
EH ESH Western Sahara
ER ERI Eritrea
ES ESP Spain
ET ETH Ethiopia
FI FIN Finland
FJ FJI Fiji
FK FLK Falkland Islands
FM FSM Micronesia
FO FRO Faroe Islands
FR FRA France
GA GAB Gabon
GB GBR United Kingdom;Great Britain;Britain;England;Scotland;Wales;United Kingdom of Great Britain and Northern Ireland
GD GRD Grenada
GE GEO Georgia
GF GUF French Guiana
GG GGY Guernsey
GH GHA Ghana
GI GIB Gibraltar
GL GRL Greenland
GM GMB Gambia
GN GIN Guinea
GP GLP Guadeloupe
GQ GNQ Equatorial Guinea
GR GRC Greece
GS SGS South Georgia and the South Sandwich Islands
GT GTM Guatemala
GU GUM Guam
GW GNB Guinea-Bissau
GY GUY Guyana
HK HKG Hong Kong
HM HMD Heard Island and McDonald Islands
HN HND Honduras
HR HRV Croatia
HT HTI Haiti
HU HUN Hungary
ID IDN Indonesia
IE IRL Ireland
IL ISR Israel
IM IMN Isle of Man
IN IND India
IO IOT British Indian Ocean Territory
IQ IRQ Iraq
IR IRN Iran;Islamic Republic of Iran
IS ISL Iceland
IT ITA Italy
JE JEY Jersey
JM JAM Jamaica
JO JOR Jordan
JP JPN Japan
KE KEN Kenya
KG KGZ Kyrgyzstan
KH KHM Cambodia
KI KIR Kiribati
KM COM Comoros
KN KNA Saint Kitts and Nevis
KP PRK North Korea
KR KOR South Korea;Korea;Republic of Korea
KW KWT Kuwait
KY CYM Cayman Islands
KZ KAZ Kazakhstan
LA LAO Laos
LB LBN Lebanon
LC LCA Saint Lucia
LI LIE Liechtenstein
LK LKA Sri Lanka
LR LBR Liberia
LS LSO Lesotho
LT LTU Lithuania
LU LUX Luxembourg
LV LVA Latvia
LY LBY Libya
MA MAR Morocco
MC MCO Monaco
MD MDA Moldova
ME MNE Montenegro
MF MAF Saint Martin
MG MDG Madagascar
MH MHL Marshall Islands
MK MKD North Macedonia;Macedonia
ML MLI Mali
MM MMR Myanmar
MN MNG Mongolia
MO MAC Macao
MP MNP Northern Mariana Islands
MQ MTQ Martinique
MR MRT Mauritania
MS MSR Montserrat
MT MLT Malta
MU MUS Mauritius
MV MDV Maldives
MW MWI Malawi
MX MEX Mexico
MY MYS Malaysia
MZ MOZ Mozambique
NA NAM Namibia
NC NCL New Caledonia
NE NER Niger
NF NFK Norfolk Island
NG NGA Nigeria
NI NIC Nicaragua
NL NLD Netherlands;The Netherlands;Holland
NO NOR Norway
NP NPL Nepal
NR NRU Nauru
NU NIU Niue
NZ NZL New Zealand
OM OMN Oman
PA PAN Panama
PE PER Peru
PF PYF French Polynesia
PG PNG Papua New Guinea
PH PHL Philippines
PK PAK Pakistan
PL POL Poland
PM SPM Saint Pierre and Miquelon
PN PCN Pitcairn
PR PRI Puerto Rico
PS PSE Palestine
PT PRT Portugal
PW PLW Palau
PY PRY Paraguay
QA QAT Qatar
RE REU Réunion
RO ROU Romania
RS SRB Serbia
RU RUS Russia;Russian Federation
RW RWA Rwanda
SA SAU Saudi Arabia
SB SLB Solomon Islands
SC SYC Seychelles
SD SDN Sudan
SE SWE Sweden
SG SGP Singapore
SH SHN Saint Helena
SI SVN Slovenia
SJ SJM Svalbard and Jan Mayen
SK SVK Slovakia;Slovak Republic
SL SLE Sierra Leone
SM SMR San Marino
SN SEN Senegal
SO SOM Somalia
SR SUR Suriname
SS SSD South Sudan
ST STP Sao Tome and Principe
SV SLV El Salvador
SX SXM Sint Maarten
SY SYR Syria;Syrian Arab Republic
SZ SWZ Eswatini;Swaziland
TC TCA Turks and Caicos Islands
TD TCD Chad
TF ATF French Southern Territories
TG TGO Togo
TH THA Thailand
TJ TJK Tajikistan
TK TKL Tokelau
TL TLS Timor-Leste
TM TKM Turkmenistan
TN TUN Tunisia
TO TON Tonga
TR TUR Türkiye;Turkey
TT TTO Trinidad and Tobago
TV TUV Tuvalu
TW TWN Taiwan
TZ TZA Tanzania
UA UKR Ukraine
UG UGA Uganda
UM UMI United States Minor Outlying Islands
US USA United States;United States of America;America;U.S.;U.S.A.
UY URY Uruguay
UZ UZB Uzbekistan
VA VAT Holy See;Vatican City
VC VCT Saint Vincent and the Grenadines
VE VEN Venezuela
VG VGB British Virgin Islands
VI VIR US Virgin Islands
VN VNM Vietnam;Viet Nam
VU VUT Vanuatu
WF WLF Wallis and Futuna
WS WSM Samoa
YE YEM Yemen
YT MYT Mayotte
ZA ZAF South Africa
ZM ZMB Zambia
ZW ZWE Zimbabwe
"""

#: Country (alpha-2) -> the locale that mimesis has for it. Countries without data of their own are absent on purpose.
COUNTRY_LOCALES = {
    "AE": "ar-ae",
    "DZ": "ar-dz",
    "EG": "ar-eg",
    "JO": "ar-jo",
    "KW": "ar-kw",
    "MA": "ar-ma",
    "OM": "ar-om",
    "QA": "ar-qa",
    "SA": "ar-sa",
    "SY": "ar-sy",
    "TN": "ar-tn",
    "YE": "ar-ye",
    "AZ": "az",
    "CZ": "cs",
    "DK": "da",
    "DE": "de",
    "AT": "de-at",
    "CH": "de-ch",
    "LI": "de-ch",
    "GR": "el",
    "US": "en",
    "AU": "en-au",
    "CA": "en-ca",
    "GB": "en-gb",
    "ES": "es",
    "MX": "es-mx",
    "EE": "et",
    "IR": "fa",
    "FI": "fi",
    "FR": "fr",
    "MC": "fr",
    "HR": "hr",
    "HU": "hu",
    "IS": "is",
    "IT": "it",
    "SM": "it",
    "JP": "ja",
    "KZ": "kk",
    "KR": "ko",
    "NL": "nl",
    "BE": "nl-be",
    "NO": "no",
    "PL": "pl",
    "PT": "pt",
    "BR": "pt-br",
    "RU": "ru",
    "SK": "sk",
    "SE": "sv",
    "TR": "tr",
    "UA": "uk",
    "CN": "zh",
}

#: Rough bounds of a locale's country in degrees: south, north, west, east. Locales not listed use the inhabited globe.
BOUNDS = {
    "az": (38.6, 41.8, 45.0, 50.2),
    "cs": (48.7, 50.9, 12.4, 18.7),
    "da": (54.7, 57.6, 8.2, 12.6),
    "de": (47.6, 54.6, 6.3, 14.6),
    "de-at": (46.6, 48.8, 9.8, 16.9),
    "de-ch": (45.9, 47.7, 6.2, 10.3),
    "el": (35.2, 41.5, 20.6, 26.4),
    "en": (29.5, 47.5, -120.5, -76.0),
    "en-au": (-38.0, -24.0, 116.0, 152.5),
    "en-ca": (45.0, 55.0, -122.5, -66.0),
    "en-gb": (50.9, 57.5, -4.5, 1.0),
    "es": (37.0, 43.2, -8.2, 0.6),
    "es-mx": (17.0, 30.0, -109.0, -93.0),
    "et": (57.8, 59.5, 23.6, 27.8),
    "fa": (28.0, 37.5, 46.5, 59.5),
    "fi": (60.2, 68.5, 22.0, 29.5),
    "fr": (43.4, 50.2, -1.0, 7.2),
    "hr": (45.1, 46.3, 14.6, 18.8),
    "hu": (46.0, 48.3, 16.6, 22.2),
    "is": (63.6, 66.0, -22.0, -14.5),
    "it": (40.2, 46.2, 8.0, 16.0),
    "ja": (33.5, 41.0, 132.0, 141.0),
    "kk": (42.5, 54.0, 52.0, 82.0),
    "ko": (34.8, 37.9, 126.5, 129.3),
    "nl": (51.3, 53.3, 4.2, 6.9),
    "nl-be": (50.1, 51.4, 3.0, 6.0),
    "no": (58.5, 69.5, 6.0, 18.0),
    "pl": (49.5, 54.3, 14.7, 23.5),
    "pt": (37.1, 41.9, -8.8, -6.8),
    "pt-br": (-30.0, -4.0, -57.0, -38.0),
    "ru": (45.0, 65.0, 31.0, 130.0),
    "sk": (47.9, 49.4, 17.0, 22.3),
    "sv": (55.6, 67.5, 11.5, 22.0),
    "tr": (36.4, 41.4, 26.8, 43.5),
    "uk": (46.5, 51.8, 23.0, 38.5),
    "zh": (23.0, 42.0, 101.0, 121.0),
}
GLOBE = (-55.0, 70.0, -180.0, 180.0)
