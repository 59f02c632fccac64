-- A clean shop of six tables, the same on every run and every version of DuckDB: the second dataset (beside Chinook) on
-- which the checks must be silent and the injected defects must be found. It holds what Chinook lacks: times of day,
-- categories, codes, formats, percentages, totals with tax and discount.

-- u(key, salt): a uniform number in [0, 1) that depends on nothing but its arguments.
CREATE MACRO u(key, salt) AS (md5_number_lower(key::VARCHAR || ':' || salt) % 1000003) / 1000003.0;
-- pick(list, key, salt): one member of a list, all equally likely.
CREATE MACRO pick(list, key, salt) AS list[1 + floor(u(key, salt) * len(list))::INT];
-- An hour of the day as people shop: quiet nights, a peak at noon and a higher one in the evening.
CREATE MACRO shopping_hour(key, salt) AS pick(
  [0, 6, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18, 18, 19, 19, 19, 19,
   20, 20, 20, 20, 21, 21, 21, 22, 22, 23], key, salt);

CREATE TABLE place AS FROM (VALUES
  ('Berlin', 'BE', 'DE', '10'), ('Hamburg', 'HH', 'DE', '20'), ('München', 'BY', 'DE', '80'), ('Köln', 'NW', 'DE', '50'),
  ('Paris', 'IDF', 'FR', '75'), ('Lyon', 'ARA', 'FR', '69'), ('Orléans', 'CVL', 'FR', '45'), ('Madrid', 'MD', 'ES', '28'),
  ('Málaga', 'AN', 'ES', '29'), ('Milano', 'LOM', 'IT', '20'), ('Roma', 'LAZ', 'IT', '00'), ('Wien', 'W', 'AT', '11')
) t(city, region, country_code, zip);

CREATE TABLE customers AS
WITH base AS (
  SELECT i AS customer_id,
         pick(['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Felix', 'Greta', 'Hugo', 'Ida', 'Jonas', 'Karla', 'Léo', 'Mia',
               'Noah', 'Olga', 'Paul', 'Rosa', 'Simon', 'Tilda', 'Zoé'], i, 'first') AS first_name,
         pick(['Müller', 'Schmidt', 'Weber', 'Fischer', 'Martin', 'Bernard', 'Dubois', 'García', 'López', 'Rossi',
               'Bianchi', 'Romano', 'Gruber', 'Huber', 'Wagner', 'Becker', 'Petit', 'Moreau'], i, 'last') AS last_name,
         1 + floor(u(i, 'place') * 12)::INT AS place,
         TIMESTAMP '2023-01-01' + INTERVAL (floor(u(i, 'day') * 700)::INT) DAY
           + INTERVAL (shopping_hour(i, 'hour')) HOUR + INTERVAL (floor(u(i, 'sec') * 3600)::INT) SECOND AS signup_at
  FROM range(1, 2001) t(i)
), placed AS (SELECT row_number() OVER () AS place, * FROM place)
SELECT customer_id, uuid_of AS customer_uuid, first_name, last_name,
       lower(strip_accents(first_name || '.' || last_name)) || customer_id || '@example.com' AS email,
       CASE WHEN u(customer_id, 'phone') < 0.8
            THEN '+49 30 ' || lpad(floor(u(customer_id, 'p1') * 9999999)::INT::VARCHAR, 7, '0') END AS phone,
       city, region, country_code,
       zip || lpad(floor(u(customer_id, 'zip') * 999)::INT::VARCHAR, 3, '0') AS postcode,
       round(36 + u(customer_id, 'lat') * 17, 5) AS latitude, round(-4 + u(customer_id, 'lon') * 20, 5) AS longitude,
       '192.168.' || floor(u(customer_id, 'ip1') * 256)::INT || '.' || floor(u(customer_id, 'ip2') * 256)::INT AS last_ip,
       'https://example.com/u/' || customer_id AS profile_url,
       18 + floor(u(customer_id, 'age') * 60)::INT AS age,
       CASE WHEN u(customer_id, 'plan') < 0.6 THEN 'free' WHEN u(customer_id, 'plan') < 0.9 THEN 'plus' ELSE 'pro' END AS plan,
       u(customer_id, 'news') < 0.4 AS newsletter, signup_at
FROM (SELECT *, format('{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}', customer_id * 7919, customer_id % 65536,
                       customer_id % 4096, (customer_id * 31) % 4096, customer_id * 104729) AS uuid_of FROM base)
JOIN placed USING (place) ORDER BY customer_id;

CREATE TABLE products AS
SELECT i AS product_id, pick(['AB', 'CD', 'XY', 'QR'], i, 'sku') || '-' || lpad(i::VARCHAR, 4, '0') AS sku,
       pick(['Oak', 'Steel', 'Linen', 'Clay', 'Glass'], i, 'm') || ' ' || pick(['Chair', 'Lamp', 'Bowl', 'Desk', 'Vase'], i, 'n')
         || ' ' || i AS product_name,
       pick(['Furniture', 'Lighting', 'Kitchen', 'Garden'], i, 'cat') AS category,
       round(exp(2.5 + 1.2 * (u(i, 'a') + u(i, 'b') + u(i, 'c') - 1.5)), 2) AS list_price,
       round(0.2 + u(i, 'w') * 20, 1) AS weight_kg
FROM range(1, 301) t(i);

CREATE TABLE orders_base AS
WITH drawn AS (
  SELECT i AS order_id, 1 + floor(u(i, 'cust') * 2000)::INT AS customer_id, u(i, 'when') AS part FROM range(1, 12001) t(i)
)
SELECT order_id, customer_id,
       date_trunc('day', signup_at) + INTERVAL (1 + floor(part * date_diff('day', signup_at, TIMESTAMP '2024-12-30'))::INT) DAY
         + INTERVAL (shopping_hour(order_id, 'order hour')) HOUR + INTERVAL (floor(u(order_id, 'order sec') * 3600)::INT) SECOND AS ordered_at
FROM drawn JOIN customers USING (customer_id);

CREATE TABLE order_items AS
WITH lines AS (
  SELECT order_id, unnest(range(1, 2 + floor(u(order_id, 'lines') * 4)::INT)) AS line_no FROM orders_base
), drawn AS (
  SELECT *, order_id || '/' || line_no AS k FROM lines
), bought AS (
  SELECT order_id, line_no, 1 + floor(u(k, 'product') * 300)::INT AS product_id, 1 + floor(u(k, 'q') * 4)::INT AS quantity,
         pick([0.0, 0.0, 0.05, 0.1, 0.2], k, 'd') AS discount_rate FROM drawn
)
SELECT order_id, line_no, product_id, quantity, list_price AS unit_price, discount_rate,
       round(quantity * list_price * (1 - discount_rate), 2) AS line_total
FROM bought JOIN products USING (product_id) ORDER BY order_id, line_no;

CREATE TABLE orders AS
WITH sums AS (SELECT order_id, round(sum(line_total), 2) AS subtotal, count(*) AS item_count FROM order_items GROUP BY ALL),
     priced AS (
  SELECT order_id, customer_id, ordered_at, subtotal, item_count, round(subtotal * 0.19, 2) AS tax,
         CASE WHEN subtotal > 60 THEN 0.0 ELSE 4.9 END::DOUBLE AS shipping_fee, u(order_id, 'status') AS s FROM orders_base JOIN sums USING (order_id))
SELECT order_id, customer_id, ordered_at,
       CASE WHEN s < 0.93 THEN ordered_at + INTERVAL (3600 + floor(u(order_id, 'ship') * 200000)::INT) SECOND END AS shipped_at,
       CASE WHEN s < 0.9 THEN ordered_at + INTERVAL (300000 + floor(u(order_id, 'deliver') * 400000)::INT) SECOND END AS delivered_at,
       CASE WHEN s < 0.9 THEN 'delivered' WHEN s < 0.93 THEN 'shipped' WHEN s < 0.97 THEN 'cancelled' ELSE 'returned' END AS status,
       pick(['search', 'search', 'social', 'email', 'direct'], order_id, 'channel') AS channel, 'EUR' AS currency,
       subtotal, tax, shipping_fee, round(subtotal + tax + shipping_fee, 2) AS total, item_count,
       CASE WHEN u(order_id, 'note') < 0.05 THEN 'please ring twice, order ' || order_id END AS note
FROM priced ORDER BY order_id;

CREATE TABLE visits AS
WITH drawn AS (SELECT i AS visit_id, 1 + floor(u(i, 'visitor') * 2000)::INT AS customer_id, u(i, 'visit') AS part FROM range(1, 40001) t(i))
SELECT visit_id, customer_id,
       date_trunc('day', signup_at) + INTERVAL (1 + floor(part * date_diff('day', signup_at, TIMESTAMP '2024-12-30'))::INT) DAY
         + INTERVAL (shopping_hour(visit_id, 'visit hour')) HOUR + INTERVAL (floor(u(visit_id, 'visit sec') * 3600)::INT) SECOND AS visited_at,
       pick(['view', 'view', 'view', 'search', 'add_to_cart', 'review'], visit_id, 'event') AS event_name,
       pick(['mobile', 'mobile', 'desktop', 'tablet'], visit_id, 'device') AS device,
       5 + floor(exp(4 + 1.5 * (u(visit_id, 'x') + u(visit_id, 'y') + u(visit_id, 'z') - 1.5)))::INT AS duration_seconds
FROM drawn JOIN customers USING (customer_id) ORDER BY visit_id;

DROP TABLE orders_base; DROP TABLE place;
