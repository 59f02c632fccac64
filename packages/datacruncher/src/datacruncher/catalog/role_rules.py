"""What names and values say about a column's role: a table of rules, read by ``roles``.

A pattern is matched against the words of the name, joined by ``_``: ``UnitPrice`` is ``unit_price``.
"""

from __future__ import annotations

from dataclasses import dataclass

NUMBER = frozenset({"integer", "decimal", "float"})
TIME = frozenset({"date", "timestamp"})
TEXT = frozenset({"text"})
FEW = frozenset({"text", "integer", "boolean"})
ANY = NUMBER | TIME | TEXT | {"boolean", "uuid"}


@dataclass(frozen=True, slots=True)
class NameRule:
    """A role, the families it may have, the names that suggest it and how surely."""

    role: str
    families: frozenset[str]
    pattern: str
    confidence: float


@dataclass(frozen=True, slots=True)
class FormRule:
    """A role that the form of the text suggests, with or without a name that fits."""

    role: str
    form: str
    share: float  # of the values that must have the form
    name: str  # pattern of the name; empty = any name
    confidence: float


def _rules(families: frozenset[str], *rows: tuple[str, str, float]) -> tuple[NameRule, ...]:
    return tuple(NameRule(role, families, pattern, confidence) for role, pattern, confidence in rows)


CREATED = (
    r"(^|_)(created|creation|create|signup|signed_up|sign_up|joined|join|registered|registration|opened|opening|open|"
    r"installed|install|admitted|admission|hired|hire|enrolled|enrollment|onboarded|activated|founded|established|"
    r"launched|launch|added|member_since|since|acquired|first_seen|started|start)(_(at|on|date|time|ts|timestamp|dt|datetime|day|utc))?$"
)

STARTED = r"(^|_)(start|started|starts|launch|launched|from|effective)(_|$)"

NAME_RULES: tuple[NameRule, ...] = (
    *_rules(
        TIME,
        ("creation_time", CREATED, 0.9),
        ("birth_date", r"(^|_)(birth|born|dob|birthday|date_of_birth)(_|$)", 0.95),
        (
            "update_time",
            r"(^|_)(updated|modified|last_changed|last_update|edited|loaded|ingested|synced|etl|inserted|extracted|refreshed)(_|$)",
            0.9,
        ),
        ("update_time", r"(^|_)changed(_|$)", 0.75),  # of a row; of a history of states it is when it happened
        (
            "planned_time",
            r"(^|_)(due|expir\w*|renew\w*|planned|scheduled|expected|estimated|eta|commit|required|promised|target|next|valid_until|appointment|deadline|maturity)(_|$)",
            0.85,
        ),
        (
            "start_time",
            r"(^|_)(start\w*|begin\w*|began|from|valid_from|effective|check_in|checkin|departure|departed|pickup|picked_up)(_|$)",
            0.85,
        ),
        (
            "end_time",
            r"(^|_)(end\w*|finish\w*|stop\w*|until|to|thru|through|valid_to|closed|close\w*|terminat\w*|cancel\w*|churn\w*|left|check_out|checkout|arrival|arrived|dropoff|dropped_off|discharg\w*|resolved|completed|returned|return|expired|hangup)(_(at|on|date|time|ts|timestamp|dt|datetime|day))?$",
            0.85,
        ),
        (
            "event_time",
            r"(^|_)(event|occurred|happened|timestamp|ts|time|datetime|order\w*|invoice\w*|paid|payment|purchase\w*|transaction|txn|posted|sent|received|visit\w*|viewed|clicked|logged|login|logon|recorded|measured|session|ship\w*|deliver\w*|booked|booking|placed|sold|sale|charged|transition\w*|touch\w*|date|at|on|day|month|period|changed|request\w*|call\w*|issued|due|trade|pickup)(_(at|on|date|time|ts|timestamp|dt|datetime|day|hour))?$",
            0.8,
        ),
        ("event_time", r"\w*(date|time)$", 0.7),
    ),
    *_rules(
        NUMBER,
        (
            "amount",
            r"(^|_)(amount|amt|mrr|arr|total|subtotal|sum|revenue|sales|paid|payment|charge|value|gmv|turnover|income|salary|wage|fee|refund|refunded|principal|premium|donation|deposit|gross|net|billed|payable|owed|proceeds|fare|tip|bonus|profit|loss|cash|coupon|credit_amount|store_credit|account_credit)(_(usd|eur|gbp|amount|amt|total|value|cents|local|due))?$",
            0.85,
        ),
        ("amount", r"(^|_)(amount|amt|total|revenue|sales|charge|fee|refund)(_|$)", 0.7),
        (
            "amount",
            r"(^|_)(ext\w*|net|gross|line|order|invoice)_?(\w+_)?(price|value|total)$|^\w*totalprice$|^extendedprice$|(amount|amt|paid|total)_inc\w*_(tax|vat|ship)",
            0.85,
        ),
        (
            "price",
            r"^(?!\w*(total|extended|line|order|invoice)_?price|(\w+_)?ext_\w*price)\w*price(_(usd|eur|gbp|cents|per_unit|each))?$|(^|_)(unit_cost|msrp|list_price|retail|tariff)(_|$)",
            0.9,
        ),
        (
            "cost",
            r"(^|_)(\w*cost|costs|spend|spent|budget|expense|expenses|cogs|cpc|cpm|cpa|ad_spend|freight|shipping|postage)(_(usd|eur|gbp|amount))?$",
            0.9,
        ),
        (
            "discount",
            r"(^|_)(discount|rebate|markdown|coupon_value|promo_discount)(_(amount|amt|value|usd|eur))?$",
            0.9,
        ),
        (
            "tax",
            r"^(?!\w*(inc|incl|including|with|plus)_(tax|vat|gst))(\w+_)?(tax|vat|gst|sales_tax|tax_amount|duty)(_(amount|amt|usd|eur))?$",
            0.9,
        ),
        ("balance", r"(^|_)(\w*balance|acctbal|bal|equity|outstanding)(_|$)", 0.9),
        (
            "quantity",
            r"(^|_)(quantity|qty|quantities|units|unit_count|num_items|items|item_count|line_count|on_order|units_\w+|reorder_\w+|pieces|pcs|volume|seats|licenses|nights|guests|qty_\w+|\w+_qty|\w*quantity|availqty|stock|stock_level|inventory|on_hand)$",
            0.9,
        ),
        (
            "rate",
            r"(^|_)(\w*rate|ratio|pct|percent|percentage|share|fraction|probability|prob|conversion|margin_pct|apr|apy|interest|yield|factor|multiplier)(_(pct|percent))?$",
            0.9,
        ),
        (
            "weight",
            r"(^|_)(attribution_weight|attribution_credit|attribution_share|touch_weight|weight)$|^credit$",
            0.8,
        ),
        (
            "score",
            r"(^|_)(score|rating|points|nps|csat|grade|stars|rank|ranking|level|health|risk|satisfaction|sentiment)(_score)?$",
            0.85,
        ),
        (
            "duration",
            r"(^|_)(\w*duration|seconds|secs|minutes|mins|hours|hrs|milliseconds|millis|ms|elapsed|latency|runtime|length_of_stay|tenure|lead_time|dwell|session_length|watch_time|time_spent|age_days)(_(s|sec|secs|seconds|ms|min|minutes|hours|days|months))?$",
            0.85,
        ),
        ("age", r"(^|_)(age|age_years|customer_age)$", 0.9),
        ("latitude", r"(^|_)(lat|latitude)$", 0.95),
        ("longitude", r"(^|_)(lon|lng|long|longitude)$", 0.95),
        (
            "stage_index",
            r"(^|_)(stage|step|funnel|transition)_?(index|idx|number|no|num|order|position|seq|sequence)$",
            0.95,
        ),
        (
            "position",
            r"(^|_)(position|touch_number|touch_index|touch_order|sequence_number|seq|ordinal|line_?number|line_?no|row_number)$",
            0.85,
        ),
    ),
    *_rules(
        FEW,
        ("previous_state", r"(^|_)(previous|prev|prior|from|old|last)_(state|status|stage|plan)$", 0.95),
        ("status", r"(^|_)(\w*status|to_state|new_state|current_state|lifecycle\w*)$", 0.9),
        ("stage", r"(^|_)(stage|stage_name|step|step_name|funnel_step|funnel_stage|phase|milestone)$", 0.9),
        (
            "segment",
            r"(^|_)(\w*segment|mktsegment|tier|cohort|customer_type|persona|loyalty\w*|membership\w*|account_type|user_type|customer_group|band|class)$",
            0.85,
        ),
        (
            "plan",
            r"(^|_)(plan|plan_name|plan_type|subscription_plan|subscription_type|package|edition|product_tier|plan_tier)$",
            0.9,
        ),
        (
            "channel",
            r"(^|_)(\w*channel|medium|utm_medium|utm_source|source|traffic_source|acquisition_source|acquisition|lead_source|referral_source|referrer_type)(_name)?$",
            0.85,
        ),
        (
            "campaign",
            r"(^|_)(campaign|utm_campaign|campaign_name|campaign_code|ad_group|adset|promotion|promo_code)$",
            0.9,
        ),
        (
            "event_name",
            r"(^|_)(event|event_name|event_type|action|action_type|activity|activity_type|interaction|interaction_type|page|page_name|event_action|verb)$",
            0.9,
        ),
        (
            "feature",
            r"(^|_)(feature|feature_name|feature_key|feature_id|module|capability|functionality|tool_name)$",
            0.95,
        ),
        ("currency", r"(^|_)(currency|ccy|curr|currency_code|currency_iso|iso_currency)$", 0.9),
        (
            "category",
            r"(^|_)(\w*category|\w*type|kind|\w*class|group|genre|department|brand|method|priority|shipmode|gender|sex|reason|language|locale|platform|os|browser|device|device_type|industry|role|job_title|color|size|container|mode)(_(name|code))?$",
            0.8,
        ),
        (
            "flag",
            r"^(is|has|was|can|did|should|allow|enable|enabled|active|deleted|verified|discontinued)(_|$)|(^|_)(flag|indicator|ind|yn)$",
            0.9,
        ),
    ),
    *_rules(
        TEXT,
        (
            "country",
            r"(^|_)(country|nation|country_name|country_code|nationality|iso_country)(_(code|name|iso|iso2|iso3))?$",
            0.9,
        ),
        ("city", r"(^|_)(city|town|municipality|city_name)$", 0.9),
        (
            "region",
            r"(^|_)(region|province|county|territory|district|state_abbr|state_code|billing_state|shipping_state|region_name)$",
            0.85,
        ),
        ("postcode", r"(^|_)(\w*post_?code|zip|zip_?code|postal|postal_?code|plz)$", 0.95),
        ("email", r"(^|_)e?_?mail(_address)?$|(^|_)(email|e_mail)(_|$)", 0.8),
        (
            "phone",
            r"(^|_)(phone|telephone|tel|mobile|fax|cell|phone_number|contact_number)(_(number|no|home|work|mobile))?$",
            0.85,
        ),
        ("url", r"(^|_)(url|link|website|homepage|web|href|uri)$", 0.8),
        ("ip", r"(^|_)(ip|ip_address|ip_addr|ipv4|ipv6|client_ip)$", 0.8),
        ("first_name", r"(^|_)(first|given|fore|f)_?name$|^(fname|firstname|forename)$", 0.95),
        ("last_name", r"(^|_)(last|family|sur|l)_?name$|^(lname|lastname|surname)$", 0.95),
        (
            "person_name",
            r"(^|_)(full_?name|customer_name|contact_name|employee_name|user_name|client_name|patient_name|author_name|cardholder\w*|holder_name|display_name)$",
            0.85,
        ),
        (
            "label",
            r"(^|_)(name|title|label|headline|subject|product_name|item_name|company|company_name|store_name|branch_name)$",
            0.75,
        ),
        (
            "free_text",
            r"(^|_)(description|desc|comment|comments|note|notes|text|body|message|review|feedback|remarks|summary|content|bio|details)$",
            0.85,
        ),
    ),
)

FORM_RULES: tuple[FormRule, ...] = (
    FormRule("email", "email", 0.8, "", 0.97),
    FormRule("uuid", "uuid", 0.95, "", 0.97),
    FormRule("url", "url", 0.8, "", 0.97),
    FormRule("ip", "ip", 0.95, r"(^|_)(ip|addr|address|host|client|server)", 0.95),
    FormRule("phone", "phone", 0.8, r"phone|tel|mobile|fax|cell|contact|msisdn", 0.97),
    FormRule("currency", "code3", 0.95, r"curr|ccy", 0.97),
    FormRule("country", "code2", 0.95, r"country|nation|iso", 0.97),
    FormRule("country", "code3", 0.95, r"country|nation|iso", 0.97),
    FormRule("free_text", "words", 0.5, "", 0.8),
)

# Names of tables that say what kind of table it is; matched against their words, singular, joined by ``_``.
KIND_NAMES = (
    (
        "line_item",
        r"(^|_)(line|item|detail|position|entry|component|invoice_?line|order_?line|lineitem|order_?item|order_?detail)$",
    ),
    (
        "state",
        r"(^|_)(transition|state|status|state_change|status_change|state_history|status_history|lifecycle)(_(history|log|change|event))?$",
    ),
    (
        "event",
        r"(^|_)(event|order|purchase|payment|transaction|invoice|sale|visit|session|click|view|login|activity|log|message|refund|shipment|delivery|booking|reservation|appointment|touchpoint|touch|interaction|call|ticket|incident|claim|trip|ride|rental|review|rating|search|impression|donation|deposit|withdrawal|transfer|charge|return|journey|measurement|reading|play|stream|download|usage|history|audit|notification|email|encounter|admission|attendance|vote|bid|trade|flight|result|exposure|conversion)(_|$)",
    ),
    (
        "effect",
        r"(^|_)(holiday|promotion|promo|effect|outage|season|weather|calendar_event|discount_period|closure|regulation_change|maintenance)(_|$)",
    ),
    (
        "entity",
        r"(^|_)(customer|user|account|client|member|person|employee|staff|product|item|store|shop|branch|supplier|vendor|company|organization|patient|student|teacher|doctor|subscription|subscriber|card|device|loan|policy|contract|campaign|project|vehicle|merchant|seller|agent|driver|listing|property|course|asset|warehouse|track|album|artist|playlist|movie|book|feature|part|hotel|restaurant|team|player|lead|contact|household)$",
    ),
)
