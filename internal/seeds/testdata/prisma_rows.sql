-- Rows of every kind. Ids end in what they are: a user 1x, a space 2x, a role 3x,
-- a membership 4x, a profile 5x, a ground 6x. Every password is lantern-quiet-42.
INSERT INTO roles (id, name) VALUES
    ('00000000-0000-4000-8000-000000000030', 'USER'),
    ('00000000-0000-4000-8000-000000000031', 'ADMIN'),
    ('00000000-0000-4000-8000-000000000032', 'SUPER_ADMIN');
INSERT INTO spaces (id, removed_at) VALUES
    ('00000000-0000-4000-8000-000000000020', NULL),
    ('00000000-0000-4000-8000-000000000021', NULL),
    ('00000000-0000-4000-8000-000000000022', now()),
    ('00000000-0000-4000-8000-000000000023', NULL);
INSERT INTO grounds (id, name, address, phone, email, business_no, space_id) VALUES
    ('00000000-0000-4000-8000-000000000060', 'Seoul', '-', '-', '-', '1', '00000000-0000-4000-8000-000000000020'),
    ('00000000-0000-4000-8000-000000000063', repeat('x', 101), '-', '-', '-', '2', '00000000-0000-4000-8000-000000000023');
INSERT INTO users (id, name, email, phone, password, created_at, removed_at)
SELECT ('00000000-0000-4000-8000-0000000000' || n)::uuid, name, email, phone, coalesce(password, '$2b$04$hash'), '2024-05-06T07:08:09Z', removed
FROM (VALUES
    (10, 'Ann Kim', 'Ann@example.com', '010-1234-5678', NULL, NULL::timestamptz),
    (11, 'Ben', 'ben@example.com', '01000000011', NULL, NULL),
    (12, 'Gone', 'gone@example.com', '01000000012', NULL, now()),
    (13, 'Twin', 'ANN@example.com', '01000000013', NULL, NULL),
    (14, 'No seat', 'noseat@example.com', '01000000014', NULL, NULL),
    (15, 'Bad phone', 'phone@example.com', 'none', NULL, NULL),
    (16, 'Bad hash', 'hash@example.com', '01000000016', 'c4n4ry-plain', NULL),
    (17, 'Empty', 'empty@example.com', '01000000017', '', NULL),
    (18, 'Bad mail', 'mail', '01000000018', NULL, NULL),
    (19, 'Same phone', 'same@example.com', '010 0000 0011', NULL, NULL)
) AS v (n, name, email, phone, password, removed);
INSERT INTO profiles (id, name, nickname, user_id, removed_at) VALUES
    ('00000000-0000-4000-8000-000000000050', 'Ann Kim', 'annie-old', '00000000-0000-4000-8000-000000000010', now()),
    ('00000000-0000-4000-8000-000000000051', 'Ann Kim', 'annie', '00000000-0000-4000-8000-000000000010', NULL),
    ('00000000-0000-4000-8000-000000000052', 'Ann Kim', 'annie-too', '00000000-0000-4000-8000-000000000010', NULL);
INSERT INTO tenants (id, main, user_id, space_id, role_id, removed_at)
SELECT ('00000000-0000-4000-8000-0000000000' || n)::uuid, main, ('00000000-0000-4000-8000-0000000000' || u)::uuid,
    ('00000000-0000-4000-8000-0000000000' || s)::uuid, ('00000000-0000-4000-8000-0000000000' || r)::uuid, removed
FROM (VALUES
    (40, false, 10, 20, 30, NULL::timestamptz),
    (41, true, 10, 21, 32, NULL),
    (42, true, 10, 23, 31, NULL),
    (43, false, 10, 20, 32, NULL),
    (44, false, 10, 22, 32, NULL),
    (45, false, 10, 23, 32, now()),
    (46, true, 11, 20, 31, NULL),
    (47, true, 14, 22, 30, NULL),
    (48, true, 13, 20, 30, NULL),
    (49, true, 15, 20, 30, NULL)
) AS v (n, main, u, s, r, removed);
INSERT INTO tenants (id, main, user_id, space_id, role_id)
SELECT gen_random_uuid(), true, id, '00000000-0000-4000-8000-000000000020', '00000000-0000-4000-8000-000000000030'
FROM users WHERE name IN ('Bad hash', 'Empty', 'Bad mail', 'Same phone');
