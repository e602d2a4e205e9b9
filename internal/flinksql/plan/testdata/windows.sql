CREATE TABLE bids (item STRING, price INT, bidder STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka');
CREATE TABLE counts (ws TIMESTAMP(3), item STRING, n BIGINT) WITH ('connector' = 'kafka');
INSERT INTO counts SELECT window_start, item, COUNT(*) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, item;
--> Sink(table=[counts], fields=[ws, item, n], upsertMaterialize=[false]) changelogMode=[I]
--> +- Calc(select=[$2 AS window_start, $0 AS item, $1 AS EXPR$2]) changelogMode=[I]
-->    +- WindowAggregate(groupBy=[$0], window=[TUMBLE size=60000ms], select=[COUNT()]) changelogMode=[I]
-->       +- Calc(select=[$0 AS $0, $1 AS $1]) changelogMode=[I]
-->          +- Scan(table=[bids], fields=[item, ts], watermark=[ts: $1]) changelogMode=[I]
SELECT window_start, window_end, SUM(price) FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)) WHERE item = 'x' GROUP BY window_start, window_end;
--> Calc(select=[$1 AS window_start, $2 AS window_end, $0 AS EXPR$2]) changelogMode=[I]
--> +- WindowAggregate(groupBy=[], window=[HOP size=300000ms slide=60000ms], select=[SUM($0)]) changelogMode=[I]
-->    +- Calc(select=[$1 AS $0, $2 AS $1]) changelogMode=[I]
-->       +- Calc(where=[=($0, 'x')]) changelogMode=[I]
-->          +- Scan(table=[bids], fields=[item, price, ts], watermark=[ts: $2]) changelogMode=[I]
SELECT item, window_end, MAX(price) FROM TABLE(SESSION(TABLE bids PARTITION BY item, DESCRIPTOR(ts), INTERVAL '5' MINUTE)) GROUP BY item, window_start, window_end;
--> Calc(select=[$0 AS item, $2 AS window_end, $1 AS EXPR$2]) changelogMode=[I]
--> +- WindowAggregate(groupBy=[$0], window=[SESSION gap=300000ms], select=[MAX($1)]) changelogMode=[I]
-->    +- Calc(select=[$0 AS $0, $1 AS $1, $2 AS $2]) changelogMode=[I]
-->       +- Scan(table=[bids], fields=[item, price, ts], watermark=[ts: $2]) changelogMode=[I]
SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n DESC) AS rn FROM (SELECT window_start, window_end, item, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, item)) WHERE rn <= 3;
--> Calc(select=[$0 AS window_start, $1 AS window_end, $2 AS item, $3 AS n, $4 AS rn]) changelogMode=[I,UB,UA,D]
--> +- Rank(partitionBy=[window_start, window_end], orderBy=[n DESC], rankRange=[1, 3], window=[false], number=[true]) changelogMode=[I,UB,UA,D]
-->    +- Calc(select=[$2 AS window_start, $3 AS window_end, $0 AS item, $1 AS n]) changelogMode=[I]
-->       +- WindowAggregate(groupBy=[$0], window=[TUMBLE size=60000ms], select=[COUNT()]) changelogMode=[I]
-->          +- Calc(select=[$0 AS $0, $1 AS $1]) changelogMode=[I]
-->             +- Scan(table=[bids], fields=[item, ts], watermark=[ts: $1]) changelogMode=[I]
SELECT item, price FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY ts DESC) AS rn FROM bids) WHERE rn = 1;
--> Calc(select=[$0 AS item, $1 AS price]) changelogMode=[I,UB,UA,D]
--> +- Deduplicate(keep=[LastRow], key=[item], order=[ts], window=[false]) changelogMode=[I,UB,UA,D]
-->    +- Scan(table=[bids], fields=[item, price, ts], watermark=[ts: $2]) changelogMode=[I]
SELECT item, price FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY price DESC) AS rn FROM bids) WHERE rn <= 5;
--> Calc(select=[$0 AS item, $1 AS price]) changelogMode=[I,UB,UA,D]
--> +- Rank(partitionBy=[item], orderBy=[price DESC], rankRange=[1, 5], window=[false], number=[false]) changelogMode=[I,UB,UA,D]
-->    +- Scan(table=[bids], fields=[item, price]) changelogMode=[I]
SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(price), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;
--> line 1, column 61: column price is INT and not a time attribute, which a window needs
--> Name the column that has the WATERMARK; an expression over it, or a plain group's result, has lost it.
SELECT ROW_NUMBER() OVER (PARTITION BY item ORDER BY price DESC) AS rn FROM bids;
--> line 1, column 8: ROW_NUMBER without a filter on it, as in WHERE rn <= 10, is not supported yet
--> Write the query without it; docs/flink-differences.md lists what Flink has and Weft has not yet.
WITH w AS (SELECT window_start, window_end, window_time AS rt, item, SUM(price) AS p FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, window_time, item) SELECT window_start, SUM(p) FROM TABLE(TUMBLE(TABLE w, DESCRIPTOR(rt), INTERVAL '1' HOUR)) GROUP BY window_start, window_end;
--> line 1, column 308: column window_start is ambiguous:  have it
--> Put the table's name or alias before it, as in t.window_start.
