"""What can be written, for `set` and `crosstie check`; contacts have custom fields besides."""

from collections.abc import Mapping

SHOWN: Mapping[str, str] = {
    "productId": "text, the key of the product in the shop",
    "name": "text",
    "description": "text",
    "brand": "text",
    "categories": "a list of texts; a sub-category as Pc/Keyboards",
    "tags": "a list of texts",
    "productDetailUrl": "an address of an authorised domain",
    "imageUrl": "an address",
    "thumbnailUrl": "an address",
    "unitPrice": "an amount, with tax",
    "unitPriceOriginal": "an amount, with tax, before it was reduced",
    "unitPriceWithoutVAT": "an amount, without tax",
    "discountedAmount": "an amount",
    "discountedPercentage": "a number",
    "publishedAt": "a time",
    "rating": "a number",
    "ratingCount": "a whole number",
    "reviewCount": "a whole number",
    "customField1": "text",
    "customField2": "text",
    "customField3": "text",
}

PRODUCT: Mapping[str, str] = {
    **SHOWN,
    "availability": "instock or outofstock",
    "inStockUnits": "a whole number",
    "isBlacklisted": "true or false: never recommended",
    "priority": "a whole number",
    "relatedExternalProductIds": "a list of keys of products",
}

PURCHASE: Mapping[str, str] = {
    "purchaseId": "text, the number of the order; mandatory",
    "cartId": "text; mandatory",
    "contactEmail": "whose purchase it is; mandatory",
    "paymentMethod": "text",
    "products": "a list of products with quantity and price; mandatory",
    "purchaseDate": "a time; mandatory",
    "totalPrice": "an amount, with tax; mandatory",
    "totalQuantity": "a whole number; mandatory",
}
