"""`LineItems_FinalDetails`, the part of an inventory answer that vtiger's own screens are made of.

It is told here as observed, for completeness: everything in it is escaped and rounded for display.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crosstie_vtiger.sandbox.crm import Crm
from crosstie_vtiger.sandbox.modules import FRESH
from crosstie_vtiger.sandbox.shelf import Row
from crosstie_vtiger.sandbox.totals import discount, line_total, totals
from crosstie_vtiger.sandbox.values import escaped, plain

_TAXES = FRESH["Tax"]
_SHOWN = ' style="visibility:visible"'
_HIDDEN = ' style="visibility:hidden"'
_CHECKED = " checked"


def final_details(crm: Crm, header: Row, lines: Sequence[Row]) -> dict[str, Any]:
    """The details of an order; in the answer to a write they are those of an empty one."""
    details = {str(at): _line_details(crm, line, at) for at, line in enumerate(lines, 1)} or {
        "1": {}
    }
    details["1"]["final_details"] = _order_details(header, lines)
    if not lines and (header["hdnTaxType"] or "") == "individual":
        details["1"]["netPrice1"] = "0.00"
    return details


def _order_details(header: Row, lines: Sequence[Row]) -> dict[str, Any]:
    sums = totals(lines, header, Decimal)
    off = discount(header, sums.subtotal, Decimal)
    taxable = sums.subtotal - off
    shipping = header.get("shipping_&_handling")
    taxes = {str(at): _tax(header, lines, taxable, at) for at in (1, 2, 3)}
    taxed = sum((Decimal(tax["amount"]) for tax in taxes.values()), Decimal(0))
    return {
        "taxtype": header["hdnTaxType"] or None,
        **_discount_details(header, sums.subtotal),
        "discountTotal_final": plain(off, 2),
        "hdnSubTotal": plain(sums.subtotal, 2),
        "taxes": taxes,
        "tax_totalamount": plain(taxed, 2),
        "shipping_handling_charge": plain(Decimal(header["hdnS_H_Amount"] or 0), 2),
        "sh_taxes": [_tax_details(f"shtax{at}", at, 0, 0) for at in (1, 2, 3)],
        "shtax_totalamount": "0.00",
        "adjustment": plain(Decimal(header["txtAdjustment"] or 0), 2),
        "grandTotal": plain(sums.grand, 2) if lines else "0.00",
        "preTaxTotal": plain(sums.pre_tax, 2),
        "totalAfterDiscount": plain(taxable, 2),
        "chargesAndItsTaxes": {"1": {"value": shipping, "taxes": {"1": 0, "2": 0, "3": 0}}},
        "deductTaxes": [],
        "deductTaxesTotalAmount": "0.00",
    }


def _discount_details(header: Row, subtotal: Decimal) -> dict[str, Any]:
    amount, percent = header["hdnDiscountAmount"], header["hdnDiscountPercent"]
    if amount:
        return {
            "discount_type_final": "amount",
            "discount_percentage_final": 0,
            "discount_amount_final": plain(Decimal(amount), 2),
            "checked_discount_amount_final": _CHECKED,
            "style_discount_amount_final": _SHOWN,
            "style_discount_percentage_final": _HIDDEN,
        }
    if percent:
        return {
            "discount_type_final": "percentage",
            "discount_percentage_final": percent,
            "discount_amount_final": plain(discount(header, subtotal, Decimal), 2),
            "checked_discount_percentage_final": _CHECKED,
            "style_discount_percentage_final": _SHOWN,
            "style_discount_amount_final": _HIDDEN,
        }
    return {
        "discount_type_final": "zero",
        "discount_percentage_final": 0,
        "discount_amount_final": "0.00",
    }


def _tax(header: Row, lines: Sequence[Row], taxable: Decimal, at: int) -> dict[str, Any]:
    if header["hdnTaxType"] != "group":
        return _tax_details(f"tax{at}", at, _TAXES[str(at)]["percentage"], "0.00")
    if not lines:
        return _tax_details(f"tax{at}", at, 0, "0.00")
    percent = lines[0][f"tax{at}"] or "0"
    amount = plain(taxable * Decimal(percent) / 100, 2)
    return _tax_details(f"tax{at}", at, percent, amount)


def _tax_details(
    name: str, at: int, percent: str | int | None, amount: str | int
) -> dict[str, Any]:
    return {
        "taxname": name,
        "taxlabel": _TAXES[str(at)]["taxlabel"],
        "percentage": percent,
        "amount": amount,
        "taxid": str(at),
        "type": "Fixed",
        "method": "Simple",
        "regions": [],
        "compoundon": [],
    }


def _line_details(crm: Crm, line: Row, at: int) -> dict[str, Any]:
    home, product = product_of(crm, line)
    total = Decimal(line["quantity"] or 0) * Decimal(line["listprice"] or 0)
    net = line_total(line, Decimal)
    goods = home == "Products"
    told: dict[str, Any] = {
        **dict.fromkeys(("purchaseCost", "margin", "taxTotal"), "0.00"),
        "productDeleted": int(line["productid"] or 0) not in crm.homes,
        "entityType": home,
        "hdnProductId": line["productid"],
        "productName": escaped(product.get("productname") or product.get("servicename") or ""),
        "hdnProductcode": product.get("product_no") or product.get("service_no"),
        "productDescription": line["description"],
        "comment": line["comment"],
        "qtyInStock": _short(product.get("qtyinstock")) if goods else "NA",
        "qty": _short(line["quantity"]),
        "listPrice": plain(Decimal(line["listprice"] or 0), 2),
        "unitPrice": plain(Decimal(product.get("unit_price") or 0), 2),
        "productTotal": plain(total, 2),
        "subproduct_ids": "",
        **_line_discount(line),
        "discountTotal": plain(total - net, 2),
        "totalAfterDiscount": plain(net, 2),
        "netPrice": plain(net, 2),
    }
    if goods:
        told |= {"subprod_qty_list": [], "subprod_names": ""}
    if at > 1:
        told["delRow"] = "Del"
    return {f"{name}{at}": value for name, value in told.items()}


def _line_discount(line: Row) -> dict[str, Any]:
    amount, percent = _short(line["discount_amount"]), _short(line["discount_percent"])
    if amount != "0":
        return {
            "discount_percent": 0,
            "discount_amount": amount,
            "discount_type": "amount",
            "checked_discount_amount": _CHECKED,
            "style_discount_amount": _SHOWN,
            "style_discount_percent": _HIDDEN,
        }
    if percent != "0":
        return {
            "discount_percent": percent,
            "discount_amount": 0,
            "discount_type": "percentage",
            "checked_discount_percent": _CHECKED,
            "style_discount_percent": _SHOWN,
            "style_discount_amount": _HIDDEN,
        }
    return {"discount_percent": 0, "discount_amount": 0, "checked_discount_zero": _CHECKED}


def product_of(crm: Crm, line: Mapping[str, str | None]) -> tuple[str, Row]:
    """The module and row of a line's product, also of one that has been deleted since."""
    at = int(line["productid"] or 0)
    if at in crm.homes:
        return crm.homes[at], crm.shelves[crm.homes[at]].rows[at]
    return crm.gone_products.get(at, ("Products", {}))


def _short(text: str | None) -> str:
    digits = f"{Decimal(text or 0).normalize():f}"
    return "0" if digits == "-0" else digits
