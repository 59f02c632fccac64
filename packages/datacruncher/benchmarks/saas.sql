-- A clean software business of ten tables, the same on every run and every version of DuckDB: the dataset on which the
-- personas must find nothing grave, and the injected defects of a business must be found.

-- u(key, salt): a uniform number in [0, 1) that depends on nothing but its arguments; n(key, salt): about normal, around 0.
CREATE MACRO u(key, salt) AS (md5_number_lower(key::VARCHAR || ':' || salt) % 1000003) / 1000003.0;
CREATE MACRO pick(list, key, salt) AS list[1 + floor(u(key, salt) * len(list))::INT];
CREATE MACRO n(key, salt) AS u(key, salt || 'a') + u(key, salt || 'b') + u(key, salt || 'c') + u(key, salt || 'd') - 2;
-- An hour of the day as people work, and a day of the week that is seldom a Sunday.
CREATE MACRO working_hour(key, salt) AS pick([7, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 12, 13, 13, 14, 14, 14, 15, 15, 16, 16, 17, 18, 20, 22], key, salt);

CREATE TABLE accounts AS
WITH drawn AS (
  SELECT i AS account_id, sqrt(u(i, 'born')) AS born, u(i, 'segment') AS s FROM range(1, 1201) t(i)
)
SELECT account_id, pick(['Acme', 'Nord', 'Blue', 'Delta', 'Kite', 'Onyx', 'Pine', 'Quartz'], account_id, 'c1') || ' '
         || pick(['Labs', 'Works', 'Group', 'Foods', 'Media'], account_id, 'c2') || ' ' || account_id AS company_name,
       'office' || account_id || '@example.com' AS email,
       CASE WHEN s < 0.55 THEN 'small' WHEN s < 0.87 THEN 'medium' ELSE 'large' END AS segment,
       pick(['search', 'search', 'search', 'partner', 'ads', 'ads', 'email', 'direct'], account_id, 'channel') AS channel,
       CASE WHEN u(account_id, 'vat') < 0.9 THEN 'DE' || lpad(floor(u(account_id, 'vat no') * 999999999)::BIGINT::VARCHAR, 9, '0') END AS vat_id,
       TIMESTAMP '2023-01-02' + INTERVAL (floor(born * 600)::INT) DAY + INTERVAL (working_hour(account_id, 'h')) HOUR
         + INTERVAL (floor(u(account_id, 'sec') * 3600)::INT) SECOND AS created_at
FROM drawn ORDER BY account_id;

-- How long an account stays (days), and how often it does something.
CREATE TABLE lives AS
SELECT account_id, segment, created_at, date_diff('day', created_at, TIMESTAMP '2024-12-30') AS watched,
       LEAST(-ln(1 - u(account_id, 'stay')) * 700, date_diff('day', created_at, TIMESTAMP '2024-12-30'))::INT AS days,
       CASE segment WHEN 'small' THEN 0.30 WHEN 'medium' THEN 0.42 ELSE 0.55 END * exp(0.2 * n(account_id, 'pace')) AS pace
FROM accounts;

CREATE TABLE usage_events AS
WITH days AS (SELECT *, unnest(range(0, days + 1)) AS age FROM lives),
     active AS (
  SELECT *, account_id || '/' || age AS k, date_trunc('day', created_at) + INTERVAL (age) DAY AS day FROM days
), kept AS (
  SELECT * FROM active
  WHERE age = 0 OR u(k, 'on') < pace * (0.62 + 0.5 * exp(-age / 60.0)) * CASE isodow(day) WHEN 6 THEN 0.45 WHEN 7 THEN 0.35 ELSE 1.2 END
), several AS (SELECT *, unnest(range(0, 1 + floor(u(k, 'many') * 2.5)::INT)) AS j FROM kept)
SELECT row_number() OVER (ORDER BY day, account_id, j) AS event_id, account_id,
       pick(['view_report', 'view_report', 'view_report', 'edit_board', 'edit_board', 'share', 'share', 'export', 'invite', 'search'],
            k || '.' || j, 'feature') AS event_name,
       GREATEST(created_at + INTERVAL 60 SECOND, day + INTERVAL (working_hour(k, 'hour')) HOUR + INTERVAL (floor(u(k, 'minute') * 3600)::INT + j * 300) SECOND)
         AS event_at
FROM several ORDER BY event_id;

CREATE TABLE onboarding_steps AS
WITH reached AS (
  SELECT account_id, created_at, 1 + (u(account_id, 's1') < 0.86)::INT + (u(account_id, 's1') < 0.86 AND u(account_id, 's2') < 0.8)::INT
    + (u(account_id, 's1') < 0.86 AND u(account_id, 's2') < 0.8 AND u(account_id, 's3') < 0.83)::INT AS stages FROM accounts
), steps AS (SELECT *, unnest(range(0, stages)) AS stage_index FROM reached)
SELECT row_number() OVER (ORDER BY account_id, stage_index) AS onboarding_step_id, account_id, stage_index,
       ['signed_up', 'invited_team', 'connected_data', 'shared_report'][stage_index + 1] AS stage_name,
       created_at + INTERVAL (stage_index * 50000 + floor(u(account_id || '/' || stage_index, 'wait') * 40000)::INT) SECOND AS reached_at
FROM steps;

CREATE TABLE subscription_states AS
WITH moves AS (
  SELECT account_id, 'active' AS status, created_at + INTERVAL 2 HOUR AS changed_at FROM lives
  UNION ALL SELECT account_id, 'churned', created_at + INTERVAL (days * 24 + 30) HOUR FROM lives WHERE days < watched - 2
  UNION ALL SELECT account_id, 'paused', created_at + INTERVAL (days * 9) HOUR FROM lives WHERE days > 40 AND u(account_id, 'pause') < 0.15
  UNION ALL SELECT account_id, 'active', created_at + INTERVAL (days * 12) HOUR FROM lives WHERE days > 40 AND u(account_id, 'pause') < 0.15
)
SELECT row_number() OVER (ORDER BY account_id, changed_at) AS subscription_state_id, account_id, status, changed_at FROM moves;

CREATE TABLE invoices AS
WITH months AS (SELECT *, unnest(range(1, 1 + days // 30)) AS m FROM lives)
SELECT row_number() OVER (ORDER BY account_id, m) AS invoice_id, account_id, created_at + INTERVAL (m * 30) DAY AS invoiced_at,
       round(exp(CASE segment WHEN 'small' THEN 3.2 WHEN 'medium' THEN 4.6 ELSE 6.2 END + 2.2 * n(account_id, 'size')
                 + 0.25 * n(account_id || '/' || m, 'month')), 2) AS amount
FROM months;

CREATE TABLE payments AS
SELECT invoice_id AS payment_id, invoice_id, account_id, 
       date_trunc('day', invoiced_at) + INTERVAL (1 + wait + CASE isodow(invoiced_at::DATE + 1 + wait) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END) DAY
         + INTERVAL (working_hour(invoice_id, 'paid')) HOUR AS paid_at,
       amount, pick(['card', 'card', 'transfer', 'debit'], invoice_id, 'method') AS method
FROM (SELECT *, floor(u(invoice_id, 'pays') * 10)::INT AS wait FROM invoices) WHERE invoiced_at < TIMESTAMP '2024-12-15' ORDER BY invoice_id;

CREATE TABLE addons AS
SELECT i AS addon_id, pick(['Storage', 'Seats', 'Support', 'Training'], i, 'kind') || ' ' || i AS addon_name, 4.0 + 3.5 * i AS list_price
FROM range(1, 21) t(i);

CREATE TABLE purchases AS
WITH drawn AS (
  SELECT i AS purchase_id, 1 + floor(u(i, 'who') * 1200)::INT AS account_id, 1 + floor(pow(u(i, 'what'), 1.6) * 20)::INT AS addon_id,
         1 + floor(pow(u(i, 'q'), 2) * 5)::INT AS quantity, u(i, 'part') AS part FROM range(1, 5001) t(i)
)
SELECT purchase_id, account_id, addon_id, quantity, list_price AS unit_price, round(quantity * list_price, 2) AS amount,
       date_trunc('day', created_at) + INTERVAL (1 + floor(part * days)::INT) DAY + INTERVAL (working_hour(purchase_id, 'ph')) HOUR AS purchased_at
FROM drawn JOIN lives USING (account_id) JOIN addons USING (addon_id) ORDER BY purchase_id;

CREATE TABLE touchpoints AS
WITH drawn AS (SELECT *, 1 + floor(u(purchase_id, 'touches') * 4)::INT AS touches FROM purchases),
     each AS (SELECT *, unnest(range(1, touches + 1)) AS position FROM drawn)
SELECT row_number() OVER (ORDER BY purchase_id, position) AS touchpoint_id, purchase_id,
       pick(['email', 'email', 'search', 'social', 'webinar'], purchase_id || '/' || position, 'tc') AS channel, position,
       date_trunc('day', purchased_at) - INTERVAL ((touches - position) * 3 + 1 + floor(u(purchase_id || '/' || position, 'lead') * 2)::INT) DAY
         + INTERVAL (working_hour(purchase_id || '/' || position, 'touch')) HOUR AS touched_at,
       1.0 / touches AS attribution_weight
FROM each;

CREATE TABLE ad_spend AS
WITH days AS (SELECT unnest(generate_series(DATE '2023-01-02', DATE '2024-12-30', INTERVAL 7 DAY))::DATE AS spend_date),
     each AS (SELECT spend_date, unnest(['search', 'partner', 'ads', 'email']) AS channel FROM days)
SELECT row_number() OVER (ORDER BY spend_date, channel) AS ad_spend_id, spend_date, channel,
       round(200 * exp(0.6 * n(spend_date || channel, 'cost')), 2) AS cost, round(700 * exp(0.5 * n(spend_date || channel, 'revenue')), 2) AS revenue
FROM each;

CREATE OR REPLACE TABLE accounts AS
SELECT accounts.*, last_event_at FROM accounts JOIN (SELECT account_id, max(event_at) AS last_event_at FROM usage_events GROUP BY ALL)
USING (account_id) ORDER BY account_id;

DROP TABLE lives;
