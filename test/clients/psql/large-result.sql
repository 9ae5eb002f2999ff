SELECT n, md5(n::text) AS digest, repeat('r', n % 300) AS filler FROM generate_series(1, 100000) n;
SELECT repeat('w', 20000000) AS wide;
SELECT length(repeat('w', 20000000)) AS length;
