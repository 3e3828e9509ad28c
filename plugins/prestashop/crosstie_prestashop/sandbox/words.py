"""What made-up shops are made of: names in several scripts, streets, things to sell."""

# Given name, family name: as people really type them.
PEOPLE = (
    ("Adaé", "Łovelace"),
    ("Siobhán", "O'Connor"),
    ("İbrahim", "Işık"),
    ("Ελένη", "Παπαδοπούλου"),
    ("Юлия", "Щербакова"),
    ("小明", "王"),
    ("فاطمة", "الزهراء"),
    ("Jürgen", "Müller-Lüdenscheidt"),
    ("Anaïs", "d'Étampes"),
    ("Nguyễn", "Đặng"),
    ("José María", "Ibáñez y Peña"),
    ("Zoë", "van 't Hooft"),
)
LATIN_FIRST = (  # noqa: SIM905 (a line for each name would fill the page)
    "Emma Louise Jade Alice Chloé Inès Léa Manon Camille Sarah Zoé Juliette Anna Eva Nina "
    "Clara Gabriel Louis Raphaël Jules Adam Arthur Hugo Lucas Nathan Noé Paul Tom Victor Théo "
    "Marek Agnieszka Giulia Lorenzo Matteo Sofia Lars Freya Björn Ingrid Tiago Inês Carmen "
    "Javier"
).split()
LATIN_LAST = (  # noqa: SIM905 (a line for each name would fill the page)
    "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent "
    "Lefebvre Michel Garcia David Bertrand Roux Vincent Fournier Kowalski Nowak Wiśniewska "
    "Rossi Bianchi Ferrari Schmidt Schneider Fischer Weber Jansen Peeters Silva Santos López "
    "Gómez Lindqvist"
).split()
COMPANIES = (
    "Dupont & Fils",
    "Ateliers «Bleu»",
    "Kaffee GmbH & Co. KG",
    "ACME [EU]",
    'Bar "Chez Léo"',
)
# City, postcode, ISO code of the country, a street.
PLACES = (
    ("Paris", "75001", "FR", "rue de Rivoli"),
    ("Lyon", "69002", "FR", "avenue Jean Jaurès"),
    ("Nice", "06000", "FR", "rue de France"),
    ("Marseille", "13001", "FR", "rue Paradis"),
    ("Bruxelles", "1000", "BE", "rue Neuve"),
    ("Köln", "50667", "DE", "Hauptstraße"),
    ("Kraków", "30-001", "PL", "ul. Długa"),
    ("Roma", "00118", "IT", "Via Roma"),
    ("Sevilla", "41001", "ES", "Calle Mayor"),
    ("New York", "10001", "US", "Main St."),
)
NOTES = (
    "Appeler avant de livrer & sonner 2×",
    "Merci 🎁 !",
    "a ]]> b <b>gras</b>",
    "Code porte: 0042",
    "Étage 3\nporte gauche",
)
# Name in English and French, code, price without tax, tax rules group. Some have no code, two
# share one, one begins with zeros, and one has a price that no cent can hold.
PRODUCTS = (
    ("Enamel mug", "Mug émaillé", "MUG-001", "11.900000", 1),
    ("Notebook, ruled", "Carnet ligné", "0012345", "9.500000", 1),
    ("Sticker pack", "Lot d'autocollants", "STICK-3", "3.333333", 3),
    ("Olive oil & herbs", "Huile d'olive & herbes", "OIL-75", "14.350000", 3),
    ("Ground coffee 250 g", "Café moulu 250 g", "COFFEE", "6.161137", 3),
    ("Cookbook", "Livre de cuisine", "", "24.170616", 3),
    ("Gift card", "Carte cadeau", "", "25.000000", 0),
    ("Candle, small", "Bougie, petite", "CANDLE", "7.416667", 1),
    ("Candle, large", "Bougie, grande", "CANDLE", "15.750000", 1),
    ("Linen apron", "Tablier en lin", "APRON-L", "32.416667", 1),
    ("Train ticket holder", "Porte-billets", "HOLD-9", "4.545455", 2),
    ("Poster “Ελλάδα”", "Affiche « Ελλάδα »", "POST-GR", "19.990000", 1),
    ("Tea 茶 100 g", "Thé 茶 100 g", "TEA-茶", "8.056872", 3),
    ("Discontinued vase", "Vase arrêté", "VASE-OLD", "41.250000", 1),
    ("T-shirt", "T-shirt", "SHIRT", "19.083333", 1),
    ("Wool sweater", "Pull en laine", "SWEAT", "54.920000", 1),
)
SIZES = ("S", "M", "L")
# Code, name, percentage, whether it pays the shipping.
RULES = (
    ("WELCOME10", "Welcome 10%", "10", False),
    ("SUMMER15", "Summer & sun 15%", "15", False),
    ("FREESHIP", "Free shipping", "0", True),
    ("VIP25", "VIP 25%", "25", True),
)
