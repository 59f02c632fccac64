-- made/software_business.accounts
SELECT i AS account_id, 'Company ' || i AS account_name, 'segment ' || i % 3 AS customer_segment, 'tier ' || i % 4 AS plan_tier, TIMESTAMP '2022-01-01' + to_hours(i * 9) AS created_at, ['DE', 'US', 'FR'][1 + i % 3] AS country_code, ['EUR', 'USD'][1 + i % 2] AS billing_currency, i % 3 > 0 AS is_active, 'https://c' || i || '.example.com' AS website FROM range(1, 501) t(i)
-- made/software_business.app_users
SELECT i AS user_id, 1 + i % 500 AS account_id, 'Ann Lee ' || chr(97 + (i % 26)::INT) AS full_name, 'u' || i || '@example.org' AS email_address, '+49 30 ' || (1000000 + i) AS mobile_number, '10.0.' || i % 250 || '.' || i % 199 AS last_login_ip, CAST(md5(CAST(i AS VARCHAR)) AS UUID)::VARCHAR AS device_uuid, TIMESTAMP '2022-06-01' + to_hours(i) AS signed_up_at, DATE '1970-01-01' + (i * 5 % 12000)::INT AS date_of_birth, ['Rome', 'Oslo', 'Lima', 'Bonn'][1 + i % 4] AS city FROM range(1, 2001) t(i)
-- made/software_business.subscription
SELECT i AS subscription_id, 1 + i % 500 AS account_id, ['free', 'pro', 'team'][1 + i % 3] AS plan, ['active', 'cancelled'][1 + i % 2] AS status, DATE '2022-01-01' + (i % 300)::INT AS start_date, CASE WHEN i % 2 = 1 THEN DATE '2023-01-01' + (i % 300)::INT END AS end_date, DATE '2027-01-01' + (i % 300)::INT AS renewal_date, 10.0 + i % 90 AS mrr_amount, i % 5 * 1.5 AS discount_amount, ['EUR', 'USD'][1 + i % 2] AS currency FROM range(1, 801) t(i)
-- made/software_business.product_event
SELECT i AS event_id, 1 + (i * 7) % 2000 AS user_id, ['click', 'view', 'export'][1 + i % 3] AS event_type, 'feature ' || i % 9 AS feature_name, TIMESTAMP '2023-01-01' + to_minutes(i) AS occurred_at, i % 400 AS duration_seconds FROM range(1, 9001) t(i)
-- made/software_business.touchpoint
SELECT i AS touch_id, 1 + (i * 7) % 2000 AS user_id, ['email', 'search', 'social'][1 + i % 3] AS channel, 'spring ' || i % 6 AS utm_campaign, 1 + i % 4 AS touch_number, 0.25 AS attribution_weight, 0.1 * (i % 30) AS ad_spend, TIMESTAMP '2023-01-01' + to_minutes(i * 3) AS touched_at FROM range(1, 4001) t(i)
-- made/software_business.stage_history
SELECT i AS change_id, 1 + i % 500 AS account_id, ['trial', 'active'][1 + i % 2] AS from_state, ['active', 'churned'][1 + i % 2] AS to_state, i % 5 AS stage_index, 'stage ' || i % 5 AS funnel_stage, TIMESTAMP '2023-01-01' + to_hours(i) AS changed_at FROM range(1, 1501) t(i)
-- made/camel_shop.Stores
SELECT i AS storeId, 'Store ' || i AS storeName, 40 + i % 10 + 0.123 AS lat, -3.5 + i % 20 AS lng, DATE '2010-01-01' + (i * 31)::INT AS openedOn, lpad(CAST(i * 97 % 99999 AS VARCHAR), 5, '0') AS zipCode, ['ES', 'PT', 'IT'][1 + i % 3] AS isoCountry FROM range(1, 121) t(i)
-- made/camel_shop.Orders
SELECT i AS orderId, 1 + i % 120 AS storeId, 1 + (i * 7) % 900 AS shopperId, TIMESTAMP '2023-01-01' + to_minutes(i * 13) AS orderedAt, 5.25 + i % 333 AS grandTotal, 0.5 + i % 30 AS taxAmount, ['open', 'paid', 'shipped'][1 + i % 3] AS orderStatus, ['web', 'store'][1 + i % 2] AS salesChannel, ['EUR', 'GBP'][1 + i % 2] AS ccy, 1 + i % 6 AS itemCount, DATE '2023-02-01' + (i // 100)::INT AS promisedDate, '192.168.' || i % 250 || '.' || i % 99 AS clientIp FROM range(1, 6001) t(i)
-- made/camel_shop.Reviews
SELECT i AS reviewId, 1 + i % 6000 AS orderId, 1 + i % 5 AS rating, 'it was a very good thing to have bought, number ' || i AS reviewBody, TIMESTAMP '2023-03-01' + to_minutes(i * 13) AS postedAt, i % 2 = 0 AS verifiedPurchase FROM range(1, 1501) t(i)
-- made/camel_shop.Shoppers
SELECT i AS shopperId, ['Ann', 'Bo', 'Cy'][1 + i % 3] AS givenName, ['Ek', 'Lund', 'Roe'][1 + i % 3] AS surname, 's' || i || '@example.net' AS eMail, 18 + i % 60 AS age, ['gold', 'silver', 'none yet'][1 + i % 3] AS loyaltyTier, TIMESTAMP '2023-05-01' + to_hours(i) AS modifiedAt, CAST(md5('x' || i) AS UUID)::VARCHAR AS externalRef FROM range(1, 901) t(i)
-- made/camel_shop.Sensors
SELECT i AS sensorId, i % 100 / 100.0 AS errorRate, i % 37 * 1.1 AS conversionPct, i % 100 AS healthScore, DATE '2023-01-01' + (i % 90)::INT AS validFrom, DATE '2024-01-01' + (i % 90)::INT AS validTo, i % 12 AS sequenceNumber FROM range(1, 301) t(i)
-- made/camel_shop.Budgets
SELECT i AS budgetId, 'launch ' || i % 20 AS campaignName, ['cpc', 'mail', 'tv'][1 + i % 3] AS medium, 100.0 * (1 + i % 9) AS budget, 80.5 * (1 + i % 7) AS totalSpend, DATE '2023-01-01' + (i % 60)::INT AS beginsOn, DATE '2023-06-01' + (i % 60)::INT AS endsOn, i % 50 / 10.0 AS ctrPercent, 20 + i % 50 AS customerAge, 0.2 * (1 + i % 4) AS touchWeight, 'phase ' || i % 4 AS phase, ['new', 'open'][1 + i % 2] AS previousStatus, i % 6 AS stepNumber, 'module ' || i % 8 AS module, ['buy', 'sell'][1 + i % 2] AS action, ['S', 'M', 'L'][1 + i % 3] AS planName FROM range(1, 401) t(i)
