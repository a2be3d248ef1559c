CREATE TABLE category (
    id    INTEGER PRIMARY KEY,
    name  TEXT NOT NULL
);
CREATE TABLE product (
    id           INTEGER PRIMARY KEY,
    category_id  INTEGER NOT NULL REFERENCES category (id),
    name         TEXT NOT NULL,
    tagline      TEXT NOT NULL,
    description  TEXT NOT NULL,
    price_cents  INTEGER NOT NULL,
    stock        INTEGER NOT NULL,
    picture      TEXT NOT NULL
);
CREATE TABLE review (
    id          INTEGER PRIMARY KEY,
    product_id  INTEGER NOT NULL REFERENCES product (id),
    author      TEXT NOT NULL,
    stars       INTEGER NOT NULL,
    words       TEXT NOT NULL
);
CREATE TABLE purchase (
    id          INTEGER PRIMARY KEY,
    product_id  INTEGER NOT NULL REFERENCES product (id),
    customer    TEXT NOT NULL,
    quantity    INTEGER NOT NULL
);

INSERT INTO category (id, name) VALUES (1, 'Kitchen'), (2, 'Living'), (3, 'Desk'), (4, 'Outdoors');

INSERT INTO product (id, category_id, name, tagline, description, price_cents, stock, picture) VALUES
    (1, 1, 'Ember mug', 'Stoneware, 35 cl',
     'A heavy mug with a handle for the whole hand. Glazed inside and out, fired twice, and happy in any dishwasher.', 1450, 24, '/img/1.png'),
    (2, 3, 'Heron lamp', 'Steel and warm light',
     'Bends at the knee and at the neck. The shade keeps the light on the page and out of your eyes.', 6900, 7, '/img/2.png'),
    (3, 2, 'Ten past ten', 'Wall clock, 28 cm',
     'No numbers, no ticking. One battery lasts two years, and the hands are easy to read from the door.', 4200, 12, '/img/3.png'),
    (4, 3, 'Field notebook', '192 pages, dotted',
     'Lies flat when open. Paper that takes ink without showing it on the other side, and a yellow ribbon.', 1200, 60, '/img/4.png'),
    (5, 2, 'Patient cactus', 'In a clay pot',
     'Water it when you remember. It grows about one finger a year and forgives nearly everything.', 1875, 9, '/img/5.png'),
    (6, 4, 'Harbour kite', 'Four colours, 40 m line',
     'Flies in a light breeze and folds to the length of an umbrella. Line, winder & spare tail included.', 3350, 15, '/img/6.png'),
    (7, 1, 'Dots & dashes bowl', 'Porcelain, 20 cm',
     'For soup, salad or keys. Each dot is set by hand, so no two bowls say quite the same thing.', 2600, 18, '/img/7.png'),
    (8, 2, 'Evening candle', 'Beeswax, 30 hours',
     'Burns slowly and smells of very little. The saucer is turned oak and outlives many candles.', 1690, 0, '/img/8.png');

INSERT INTO review (id, product_id, author, stars, words) VALUES
    (1, 1, 'Mira', 5, 'Keeps tea hot for a whole chapter.'),
    (2, 1, 'Jonas', 4, 'Bigger than I thought. Not a complaint.'),
    (3, 2, 'Priya', 5, 'I read until two. The lamp is not to blame.'),
    (4, 3, 'Tomás', 4, 'So quiet that I checked whether it runs.'),
    (5, 4, 'Ada', 5, 'My fountain pen <3 this paper.'),
    (6, 5, 'Otto', 5, 'Forgot it for a month. It did not mind.'),
    (7, 6, 'Lena', 4, 'Up in the air within a minute.'),
    (8, 7, 'Grace', 5, 'Soup & salad, every day.'),
    (9, 8, 'Noor', 5, 'Calm in a jar, though there is no jar.');
