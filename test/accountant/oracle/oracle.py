"""Random bills and orders files with the right answer, from the rules of docs/accountant.md.

Usage: oracle.py <seed> <cases> <folder>. Writes the files of each case and prints one JSON line per
case: its arguments and what the command must find. Written apart from the command, which shares no
code with it.
"""

import datetime
import gzip
import io
import json
import os
import random
import sys
import zipfile

DAYS = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]
MERCHANTS = ["1600012345", "1600067890"]
PAID = ["已支付", "支付成功", "交易成功", "SUCCESS", "待发货", "Paid"]
WENT_BACK = {"已退款": True, "全额退款": True, "已付款，已退款": True, "refunded": True, "部分退款": False}
PAID += WENT_BACK
UNPAID = {
    "pending": ["待支付", "等待买家付款", "NOTPAY", "USERPAYING", "unpaid"],
    "closed": ["交易关闭", "已取消", "REVOKED", "Closed", "超时关闭"],
    "failed": ["支付失败", "PAYERROR"],
}
UNKNOWN = ["审核通过", "状态七", "on the moon"]
OTHER_MEANS = ["支付宝", "余额支付", "现金", "银行卡", "Alipay", "cash", "支付宝(花呗)", "ALIPAY_WAP"]
COMPARED_MEANS = ["微信支付", "wechat", "JSAPI", "微信+余额", "余额,wxpay", "在线支付", "", "—"]
NOTHING = ["", "-", "—", "无", "NULL"]


def yuan(fen):
    return ("-" if fen < 0 else "") + "%d.%02d" % divmod(abs(fen), 100)


def yuan5(milli):
    return ("-" if milli < 0 else "") + "%d.%05d" % divmod(abs(milli), 100000)


def written_amount(rng, fen):
    plain = yuan(fen)
    grouped = "{:,}".format(fen // 100) + "." + plain[-2:]
    return rng.choice([plain, plain, plain + "元", "¥" + plain, grouped, " " + plain + "\t"])


def written_time(rng, day, clock):
    y, m, d = day.split("-")
    h, mi, s = clock.split(":")
    utc = "%sT%02d:%s:%s.000Z" % (day, int(h) - 8, mi, s)
    return rng.choice(
        [
            day + " " + clock,
            day + " " + clock,
            "%s/%d/%d %d:%s" % (y, int(m), int(d), int(h), mi),
            "%s年%d月%d日 %s" % (y, int(m), int(d), clock),
            utc,
            day + "T" + clock + "+08:00",
            day,
            y + m + d,
            "%s年%d月%d日" % (y, int(m), int(d)),
            "%.5f" % serial(day, clock),
            str(int((serial(day, clock) - 25569) * 86400 + 0.5) - 8 * 3600),
            day + " " + clock[:5],
        ]
    )


def serial(day, clock):
    """A time as a spreadsheet counts it: days since 1899-12-30."""
    y, m, d = (int(part) for part in day.split("-"))
    h, mi, sec = (int(part) for part in clock.split(":"))
    return (datetime.date(y, m, d) - datetime.date(1899, 12, 30)).days + (h * 3600 + mi * 60 + sec) / 86400


class Case:
    def __init__(self, rng, name, folder):
        self.rng = rng
        self.name = name
        self.folder = folder
        self.has_state = rng.random() < 0.8
        self.has_time = rng.random() < 0.7
        self.has_transaction = rng.random() < 0.7
        self.has_refunds = rng.random() < 0.7
        self.splits_bills = rng.random() < 0.4
        self.asks_days = rng.random() < 0.3
        self.has_merchants = rng.random() < 0.3
        self.filters = self.has_merchants and rng.random() < 0.6
        self.checks_fees = rng.random() < 0.5
        self.maps_state = rng.random() < 0.3
        self.splits_orders = rng.random() < 0.4
        self.own_number = rng.random() < 0.2
        self.in_fen = rng.random() < 0.2
        self.refund_file = self.has_refunds and rng.random() < 0.4
        self.has_refund_time = self.has_refunds and rng.random() < 0.5
        self.third_party = rng.random() < 0.5
        self.transaction_header = "交易号" if self.third_party else "微信订单号"
        self.has_means = rng.random() < 0.4
        self.ignores_means = self.has_means and rng.random() < 0.15
        self.orders = []
        self.rows = []
        self.make()

    def make(self):
        rng = self.rng
        days = rng.choice([DAYS[1:2], DAYS[1:3], DAYS[0:3], [DAYS[0], DAYS[2]]])
        for n in range(rng.randint(0, 7)):
            self.make_order(n, days)
        for row in list(self.rows):
            if row["kind"] == "payment" and rng.random() < 0.05:
                self.rows.append(dict(row))
        for row in self.rows:
            self.charge(row)
        rng.shuffle(self.rows)
        if self.filters or not any(row["kind"] == "payment" for row in self.rows):
            self.make_stranger(99, days)
            self.charge(self.rows[-1])

    def make_stranger(self, n, days):
        row = {"kind": "payment", "no": "S%d" % n, "tx": "42000001%020d" % (n * 10 + 7)}
        row.update(total=self.rng.randint(1, 9999), day=self.rng.choice(days), clock="09:00:00")
        self.rows.append(row)

    def charge(self, row):
        """The fee in thousandths of a fen: of 0.60% rounded, exact, or wrong by a fen."""
        rng = self.rng
        exact = row.get("total", 0) * 6
        rounded = (exact + 500) // 1000 * 1000
        row["fee"] = 0 if row["kind"] != "payment" else rng.choice([rounded, rounded, exact, exact, rounded + 1000])
        row.setdefault("merchant", MERCHANTS[0])

    def make_revoked(self, order, days):
        row = {"kind": "revoked", "no": order["no"], "tx": order["tx"], "amount": order["total"]}
        row.update(refund=order["tx"], day=self.rng.choice(days), clock="21:00:00")
        row["merchant"] = order["merchant"]
        self.rows.append(row)

    def make_order(self, n, days):
        rng = self.rng
        if rng.random() < 0.1:
            self.make_stranger(n, days)
            return
        order = {"no": "order%03d" % n, "tx": "42000000%020d" % (n * 10 + 3), "refund": None}
        order["total"] = rng.randint(1, 300000)
        order["merchant"] = rng.choice(MERCHANTS) if self.has_merchants else MERCHANTS[0]
        order["truth"] = rng.choice(["paid"] * 6 + ["pending", "closed", "failed"])
        order["day"] = rng.choice(days if rng.random() < 0.8 else DAYS)
        order["clock"] = "%02d:%02d:%02d" % (rng.randint(8, 23), rng.randint(0, 59), rng.randint(0, 59))
        paid = order["truth"] == "paid"
        order["word"] = rng.choice(PAID) if paid else rng.choice(UNPAID[order["truth"]])
        if rng.random() < 0.1:
            order["word"] = rng.choice(UNKNOWN)
        if rng.random() < 0.1:
            order["word"] = rng.choice(NOTHING)
        order["means"] = rng.choice(OTHER_MEANS if rng.random() < 0.35 else COMPARED_MEANS)
        shows = paid and rng.random() < 0.9
        order["time"] = written_time(rng, order["day"], order["clock"]) if shows else rng.choice(NOTHING)
        if shows and rng.random() < 0.1:
            order["time"] = "昨天"
        if not paid and rng.random() < 0.1:
            order["time"] = written_time(rng, order["day"], order["clock"])
        shows_transaction = paid and rng.random() < 0.9
        order["file_tx"] = order["tx"] if shows_transaction else rng.choice(NOTHING)
        if self.has_means and order["means"] in OTHER_MEANS and rng.random() < 0.8:
            order["file_tx"] = rng.choice(["", "2026030122001%014d7" % n])
        self.orders.append(order)
        elsewhere = self.has_means and order["means"] in OTHER_MEANS and rng.random() < 0.7
        in_bill = not elsewhere and order["day"] in days and (paid and rng.random() < 0.85 or not paid and rng.random() < 0.25)
        if in_bill:
            row = {"kind": "payment", "no": order["no"], "tx": order["tx"], "total": order["total"]}
            row.update(day=order["day"], clock=order["clock"], merchant=order["merchant"])
            if rng.random() < 0.1:
                row["total"] += 1
            if rng.random() < 0.06:
                row["tx"] = "9" + row["tx"][1:]
            self.rows.append(row)
        if paid and rng.random() < 0.4:
            self.make_refund(order, days)
        elif in_bill and rng.random() < 0.08:
            self.make_revoked(order, days)

    def make_refund(self, order, days):
        rng = self.rng
        refund = {"no": "R" + order["no"], "amount": rng.randint(1, order["total"]), "day": rng.choice(days)}
        if rng.random() < 0.4:
            refund["amount"] = order["total"]
        refund["shown"] = rng.choice([True, True, False])
        refund["time"] = written_time(rng, refund["day"], "20:00:00") if refund["shown"] else rng.choice(NOTHING)
        refund["word"] = rng.choice(["退款成功", "退款成功", "SUCCESS", "", "退款中", "退款关闭", "谁知道"])
        # A refund that no file names, or only the order's word.
        order["refund"] = refund if rng.random() < 0.8 else None
        if rng.random() < 0.7:
            row = {"kind": "refund", "no": order["no"], "tx": order["tx"], "refund": refund["no"]}
            row.update(amount=refund["amount"], day=refund["day"], clock="20:00:00", merchant=order["merchant"])
            if rng.random() < 0.1:
                row["amount"] += 1
            if rng.random() < 0.08:
                row["no"] = "elsewhere"
            self.rows.append(row)

    # What the files say, by the rules of the documentation.

    def state(self, order):
        word = order["word"] if self.has_state and order["word"] not in NOTHING else None
        if word is not None:
            if word in UNKNOWN:
                return "paid" if self.maps_state and word == UNKNOWN[0] else "unclear"
            return "paid" if word in PAID else next(s for s, words in UNPAID.items() if word in words)
        if self.has_time and order["time"] not in NOTHING:
            return "paid"
        if self.has_transaction and order["file_tx"] not in NOTHING:
            return "paid"
        return "pending" if self.has_time and not self.has_state else "unknown"

    def expected(self):
        tally = {}
        classes = {}

        def put(side, kind, bucket, amount):
            entry = tally.setdefault("%s %s" % (side, kind), {}).setdefault(bucket, [0, 0])
            entry[0] += 1
            entry[1] += amount

        def differ(name):
            classes[name] = classes.get(name, 0) + 1

        by_no = {order["no"]: order for order in self.orders}
        ended = {}
        seen = set()
        for row in self.written:
            if row["kind"] != "payment":
                continue
            order = by_no.get(row["no"])
            if self.is_others(row):
                put("bill", "payments", "otherMerchants", row["total"])
                continue
            key = (row["no"], row["tx"])
            if key in seen:
                put("bill", "payments", "inDoubt", row["total"])
                continue
            seen.add(key)
            found = [name for name in [self.payment_difference(row, order), self.fee_difference(row)] if name]
            if found:
                for name in found:
                    differ(name)
                put("bill", "payments", "differing", row["total"])
                if order is not None:
                    ended.setdefault(row["no"], "differing")
            elif self.state(order) == "unclear":
                put("bill", "payments", "inDoubt", row["total"])
                ended.setdefault(row["no"], "inDoubt")
            else:
                put("bill", "payments", "agreeing", row["total"])
                ended[row["no"]] = "agreeing"
        covered = self.covered
        for order in self.orders:
            state = self.state(order)
            kind = "unpaid" if state in UNPAID else "payments"
            bucket = ended.get(order["no"]) or self.absent(order, state, covered)
            dated_unpaid = state in UNPAID and self.has_time and order["time"] not in NOTHING
            if order["no"] not in ended and dated_unpaid and not self.says_elsewhere(order):
                bucket = "inDoubt" if covered(order["day"]) is True else covered(order["day"])
            if order["no"] not in ended and state not in UNPAID and self.says_elsewhere(order):
                dated = self.has_time and order["time"] not in NOTHING and order["time"] != "昨天"
                other_day = dated and covered(order["day"]) == "otherDays"
                bucket = "otherDays" if other_day else "otherMeans"
            if self.is_others(order):
                bucket = "otherMerchants"
            if bucket == "missing":
                differ("missing_payment")
                bucket = "differing"
            put("orders", kind, bucket, order["total"])
        self.expect_refunds(put, differ, covered)
        agree = not classes and all(
            bucket not in buckets for buckets in tally.values() for bucket in ("differing", "inDoubt", "notLookedFor")
        )
        return {"agree": agree, "classes": classes, "tally": tally}

    def says_elsewhere(self, order):
        """True when the row names other means, and no payment of WeChat Pay beside them."""
        if not self.has_means or self.ignores_means or order["means"] not in OTHER_MEANS:
            return False
        # A transaction under WeChat Pay's own header is its own; so is each of its form elsewhere.
        own = order["file_tx"] if self.has_transaction and order["file_tx"] not in NOTHING else ""
        return own == "" or (self.third_party and not own.startswith("42"))

    def is_others(self, item):
        return self.filters and item["merchant"] != MERCHANTS[0]

    def covered(self, day):
        """True, or why a day is in no bill."""
        if self.asks_days:
            return True
        if any(first <= day <= last for first, last in self.spans):
            return True
        if self.has_empty_bill:
            return "notLookedFor"
        between = any(last < day for _, last in self.spans) and any(first > day for first, _ in self.spans)
        return "notLookedFor" if between else "otherDays"

    def fee_difference(self, row):
        if not self.checks_fees:
            return None
        exact = row["total"] * 6
        right = (exact + 500) // 1000 * 1000 if row["fee"] % 1000 == 0 else exact
        return None if row["fee"] == right else "fee_mismatch"

    def payment_difference(self, row, order):
        if order is None:
            return "missing_order"
        if order["total"] != row["total"]:
            return "amount_mismatch"
        state = self.state(order)
        if state == "pending":
            return "unpaid_order"
        if state in ("closed", "failed"):
            return "paid_after_close"
        own = order["file_tx"] if self.has_transaction and order["file_tx"] not in NOTHING else None
        return "duplicate_payment" if own not in (None, row["tx"]) else None

    def absent(self, order, state, covered):
        shown = order["time"] if self.has_time else ""
        if state in UNPAID:
            return "agreeing"
        unreadable = shown == "昨天"
        dated = shown not in NOTHING and not unreadable
        if dated and covered(order["day"]) is not True:
            return covered(order["day"])
        if state == "unclear" or unreadable:
            return "inDoubt"
        return "notLookedFor" if state == "unknown" else "missing"

    def expect_refunds(self, put, differ, covered):
        booked = {}
        if self.has_refunds:
            booked = {o["refund"]["no"]: o for o in self.orders if o["refund"] is not None}
        ended = {}
        by_no = {order["no"]: order for order in self.orders}
        shown = set()
        in_bill = {row["no"] for row in self.written if row["kind"] == "payment"}
        paid_by = {}
        for row in self.written:
            if row["kind"] == "payment":
                paid_by.setdefault(row["no"], row["tx"])
                continue
            kind = row["kind"] if row["kind"] == "revoked" else "refunds"
            order = booked.get(row["refund"])
            if self.is_others(row):
                put("bill", kind, "otherMerchants", row["amount"])
                continue
            if row["kind"] == "revoked":
                # No order of these files gives a revoked payment's number to a refund.
                differ("refund_missing_here")
                put("bill", kind, "differing", row["amount"])
                continue
            said = by_no.get(row["no"])
            own = "" if said is None or not self.has_transaction else said["file_tx"]
            # Money of another payment than the order's is not what its word says.
            is_same = paid_by.get(row["no"], row["tx"]) == row["tx"]
            if said is not None and self.only_said(said) and WENT_BACK[said["word"]] and order is None and is_same:
                if self.not_stated(said) == row["amount"] and said["no"] not in shown and own in NOTHING + [row["tx"]]:
                    put("bill", "refunds", "agreeing", row["amount"])
                    shown.add(said["no"])
                    continue
            if not booked:
                put("bill", "refunds", "notLookedFor", row["amount"])
                continue
            found = self.refund_differences(row, order)
            for name in found:
                differ(name)
            word = None if order is None else order["refund"]["word"]
            bucket = "differing" if found else "inDoubt" if word == "谁知道" else "agreeing"
            put("bill", "refunds", bucket, row["amount"])
            ended[row["refund"]] = bucket
        for number, order in booked.items():
            refund = order["refund"]
            is_open = refund["word"] in ("退款中", "退款关闭")
            bucket = ended.get(number)
            dated = self.has_refund_time and refund["shown"]
            if bucket is None:
                bucket = "agreeing" if is_open else "inDoubt" if refund["word"] == "谁知道" else "missing"
            if bucket == "missing" and dated and self.covered(refund["day"]) is not True:
                bucket = self.covered(refund["day"])
            if bucket == "inDoubt" and number not in ended and dated and self.covered(refund["day"]) is not True:
                bucket = self.covered(refund["day"])
            paid_elsewhere = self.says_elsewhere(order) and order["no"] not in in_bill
            if number not in ended and not is_open and paid_elsewhere:
                other_day = dated and self.covered(refund["day"]) == "otherDays"
                bucket = "otherDays" if other_day else "otherMeans"
            if self.is_others(order):
                bucket = "otherMerchants"
            if bucket == "missing":
                differ("refund_missing_there")
                bucket = "differing"
            put("orders", "openRefunds" if is_open else "refunds", bucket, refund["amount"])

        for order in filter(self.only_said, self.orders):
            if self.is_others(order):
                bucket = "otherMerchants"
            elif order["no"] in shown:
                bucket = "agreeing"
            elif self.says_elsewhere(order) and order["no"] not in in_bill:
                bucket = "otherMeans"
            else:
                bucket = "otherDays" if self.follows_all(order) else "inDoubt"
            put("orders", "refunds", bucket, self.not_stated(order) if WENT_BACK[order["word"]] else 0)

    def only_said(self, order):
        """True when the word says that money went back, and no refund of the files does, or not all of it."""
        if not self.has_state or order["word"] not in WENT_BACK:
            return False
        left = self.not_stated(order)
        return left == order["total"] or order["word"] == "全额退款" and left > 0

    def not_stated(self, order):
        """What is left of the order when the refund that the files say was made is taken off."""
        refund = order["refund"] if self.has_refunds else None
        if refund is None or refund["word"] in ("退款中", "退款关闭"):
            return order["total"]
        return order["total"] - refund["amount"]

    def follows_all(self, order):
        """True when it was paid after the last day of all bills."""
        if not self.has_time or order["time"] in NOTHING + ["昨天"] or self.has_empty_bill and not self.asks_days:
            return False
        return (DAYS[-1] if self.asks_days else max(last for _, last in self.spans)) < order["day"]

    def refund_differences(self, row, order):
        if order is None:
            return ["refund_missing_here"]
        found = []
        beside = "" if self.refund_file or not self.has_transaction else order["file_tx"]
        if order["no"] != row["no"] or beside not in NOTHING + [row["tx"]]:
            found.append("refund_transaction_mismatch")
        if order["refund"]["amount"] != row["amount"]:
            found.append("refund_amount_mismatch")
        elif order["refund"]["word"] in ("退款中", "退款关闭"):
            found.append("refund_state_mismatch")
        return found

    # The files.

    def bill(self, rows):
        head = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
        lines = [head]
        sold = back = fees = 0
        for row in rows:
            paid = row["kind"] == "payment"
            revoked = row["kind"] == "revoked"
            fees += row["fee"]
            amount = row["total"] if paid else 0
            returned = 0 if paid else row["amount"]
            sold += amount
            back += returned
            cells = [row["day"] + " " + row["clock"], "wx1", row["merchant"], "0", "", row["tx"], row["no"], "oPayer"]
            cells += ["JSAPI", "SUCCESS" if paid else "REVOKED" if revoked else "REFUND", "OTHERS", "CNY", yuan(amount), "0.00"]
            unnumbered = paid or revoked
            cells += ["0" if unnumbered else "5030" + row["tx"][4:], "0" if unnumbered else row["refund"], yuan(returned), "0.00"]
            cells += ["" if paid else "ORIGINAL", "" if paid else "SUCCESS"]
            cells += [self.rng.choice(["茶", "a, b", '8" 蛋糕', "茶,`咖啡"]), "", yuan5(row["fee"]), "0.60%", yuan(amount), yuan(returned), ""]
            lines.append(",".join("`" + cell for cell in cells))
        lines.append("总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额")
        totals = [str(len(rows)), yuan(sold), yuan(back), "0.00", yuan5(fees), yuan(sold), yuan(back)]
        lines.append(",".join("`" + cell for cell in totals))
        return "\ufeff" + "\r\n".join(lines) + "\r\n"

    def table(self, orders, refunds):
        rng = self.rng
        number = "我的单号" if self.own_number else "订单号"
        amount = "total_fee" if self.in_fen else "金额(元)"
        columns = [number, "商品名称", amount]
        columns += ["商户号"] if self.has_merchants else []
        columns += ["订单状态"] if self.has_state else []
        columns += ["支付时间"] if self.has_time else []
        columns += ["支付方式"] if self.has_means else []
        columns += [self.transaction_header] if self.has_transaction else []
        columns += ["商户退款单号", "退款金额", "退款状态"] if refunds else []
        columns += ["退款时间"] if refunds and self.has_refund_time else []
        shuffled = columns[:]
        rng.shuffle(shuffled)
        rows = []
        for order in orders:
            refund = order["refund"]
            cells = {
                number: rng.choice([order["no"], "'" + order["no"], '="%s"' % order["no"]]),
                "商品名称": rng.choice(["茶", '8" 蛋糕', "两 份"]),
                amount: str(order["total"]) if self.in_fen else written_amount(rng, order["total"]),
                "商户号": order["merchant"],
                "退款时间": rng.choice(NOTHING) if refund is None else refund["time"],
                "订单状态": order["word"],
                "支付时间": order["time"],
                "支付方式": order["means"],
                self.transaction_header: rng.choice(["", "`"]) + order["file_tx"] if order["file_tx"] not in NOTHING else order["file_tx"],
                "商户退款单号": rng.choice(NOTHING) if refund is None else refund["no"],
                "退款金额": rng.choice(["", "0.00", "-"]) if refund is None else rng.choice(["", "-"]) + yuan(refund["amount"]),
                "退款状态": rng.choice(NOTHING) if refund is None else refund["word"],
            }
            rows.append([cells[column] for column in shuffled])
        return shuffled, rows

    def refund_table(self):
        columns = ["商户退款单号", "商户订单号", "退款金额", "退款状态"]
        columns += ["商户号"] if self.has_merchants else []
        columns += ["退款时间"] if self.has_refund_time else []
        rows = []
        for order in self.orders:
            refund = order["refund"]
            if refund is None:
                continue
            cells = {
                "商户退款单号": refund["no"],
                "商户订单号": order["no"],
                "退款金额": yuan(refund["amount"]),
                "退款状态": refund["word"],
                "商户号": order["merchant"],
                "退款时间": refund["time"],
            }
            rows.append([cells[column] for column in columns])
        return columns, rows

    def bills(self):
        """The rows of each bill: all in one, or each day's in its own."""
        if not self.splits_bills:
            return [self.rows]
        days = sorted({row["day"] for row in self.rows})
        return [[row for row in self.rows if row["day"] == day] for day in days]

    def write(self):
        rng = self.rng
        args = []
        bills = self.bills()
        self.written = [row for rows in bills for row in rows]
        kept = [[row["day"] for row in rows if not self.is_others(row)] for rows in bills]
        self.spans = [(min(days), max(days)) for days in kept if days]
        # A bill without a row of this merchant does not say its day.
        self.has_empty_bill = not all(kept)
        for n, rows in enumerate(bills):
            path = os.path.join(self.folder, "%s-bill-%d" % (self.name, n))
            text = self.bill(rows)
            encoding = rng.choice(["utf-8", "utf-8", "utf-8", "utf-16", "gb18030"])
            data = text.lstrip("\ufeff").encode(encoding) if encoding != "utf-8" else text.encode()
            save(path, data, rng.choice(["plain", "plain", "gzip", "zip"]))
            args += ["--bill", path]
        half = len(self.orders) // 2
        parts = [self.orders[:half], self.orders[half:]] if self.splits_orders else [self.orders]
        in_orders = self.has_refunds and not self.refund_file
        tables = [self.table(part, in_orders) for part in parts]
        tables += [self.refund_table()] if self.refund_file else []
        for n, (header, rows) in enumerate(tables):
            path = os.path.join(self.folder, "%s-orders-%d" % (self.name, n))
            self.write_table(path, header, rows)
            args += ["--orders", path]
        if self.asks_days:
            args += ["--from", DAYS[0], "--to", DAYS[-1]]
        if self.filters:
            args += ["--merchant", MERCHANTS[0]]
        if self.checks_fees:
            args += ["--fee-rate", "0.60%"]
        if self.maps_state:
            args += ["--states", UNKNOWN[0] + "=paid"]
        if self.own_number:
            args += ["--columns", "order=我的单号"]
        if self.ignores_means:
            args += ["--columns", "paid-by="]
        print(json.dumps({"args": args, **self.expected()}))

    def write_table(self, path, header, rows):
        rng = self.rng
        form = rng.choice(["csv", "csv", "tsv", "semicolon", "xlsx"])
        if form == "xlsx":
            with open(path, "wb") as file:
                file.write(workbook([header] + rows))
            return
        separator = {"csv": ",", "tsv": "\t", "semicolon": ";"}[form]
        lines = [separator.join(quoted(cell, separator) for cell in row) for row in [header] + rows]
        if rng.random() < 0.3:
            lines = ["订单报表", "导出时间：2026-03-05", ""] + lines
        if rng.random() < 0.3:
            lines += ["", "合计" + separator * (len(header) - 1)]
        data = rng.choice(["\n", "\r\n"]).join(lines).encode(rng.choice(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
        save(path, data, rng.choice(["plain", "plain", "gzip", "zip"]))


def quoted(cell, separator):
    needs = separator in cell or cell.startswith('"')
    return '"%s"' % cell.replace('"', '""') if needs else cell


def save(path, data, how):
    if how == "gzip":
        data = gzip.compress(data)
    if how == "zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inner.csv", data)
        data = buffer.getvalue()
    with open(path, "wb") as file:
        file.write(data)


def workbook(rows):
    def escaped(text):
        return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")

    lines = []
    for n, row in enumerate(rows):
        cells = ['<c t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>' % escaped(cell) for cell in row]
        lines.append('<row r="%d">%s</row>' % (n + 1, "".join(cells)))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "xl/workbook.xml",
            '<workbook xmlns:r="r"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet><sheetData>%s</sheetData></worksheet>" % "".join(lines))
    return buffer.getvalue()


def main():
    seed, cases, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    for n in range(cases):
        rng = random.Random(seed * 1000003 + n)
        Case(rng, "%d-%d" % (seed, n), folder).write()


main()
