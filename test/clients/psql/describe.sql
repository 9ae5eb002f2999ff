\set ON_ERROR_STOP 0
\dn
\d
\d patients
\d+ patients
\d encounters
\d+ patient_encounters
\d+ vital_signs
\d vital_signs_2024
\di claims*
\dv
\df upper
\dT numeric
\du
\sv patient_encounters
\d no_such_table
\dt *.no_such_table
