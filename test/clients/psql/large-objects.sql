\set QUIET on
\! head -c 300000 /dev/zero | tr '\000' 'z' > object.in
BEGIN;
SELECT lo_create(424242);
SELECT lowrite(lo_open(424242, 131072), 'forty-two');
COMMIT;
\lo_export 424242 object.out
\! cat object.out; echo
\lo_unlink 424242
\lo_import object.in
\set imported :LASTOID
\lo_export :imported object.again
\! cmp object.in object.again && echo same
\lo_unlink :imported
\lo_export 424242 never.out
SELECT 'usable' AS state;
