"""Random bills and orders files with the right answer, from the rules of docs/accountant.md.

Usage: oracle.py <seed> <cases> <folder>. Writes the files of each case and prints one JSON line per
case: its arguments and what the command must find. Written apart from the command, which shares no
code with it.
"""

import gzip
import io
import json
import os
import random
import sys
import zipfile

DAYS = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]
PAID = ["已支付", "支付成功", "交易成功", "SUCCESS", "待发货", "已退款", "Paid"]
UNPAID = {
    "pending": ["待支付", "等待买家付款", "NOTPAY", "USERPAYING", "unpaid"],
    "closed": ["交易关闭", "已取消", "REVOKED", "Closed", "超时关闭"],
    "failed": ["支付失败", "PAYERROR"],
}
UNKNOWN = ["审核通过", "状态七", "on the moon"]
NOTHING = ["", "-", "—", "无", "NULL"]


def yuan(fen):
    return ("-" if fen < 0 else "") + "%d.%02d" % divmod(abs(fen), 100)


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
        ]
    )


class Case:
    def __init__(self, rng, name, folder):
        self.rng = rng
        self.name = name
        self.folder = folder
        self.has_state = rng.random() < 0.8
        self.has_time = rng.random() < 0.7
        self.has_transaction = rng.random() < 0.7
        self.has_refunds = rng.random() < 0.7
        self.orders = []
        self.rows = []
        self.make()

    def make(self):
        rng = self.rng
        days = rng.choice([DAYS[1:2], DAYS[1:3], DAYS[0:3]])
        for n in range(rng.randint(0, 7)):
            self.make_order(n, days)
        for row in list(self.rows):
            if row["kind"] == "payment" and rng.random() < 0.05:
                self.rows.append(dict(row))
        rng.shuffle(self.rows)
        if not any(row["kind"] == "payment" for row in self.rows):
            self.make_stranger(99, days)

    def make_stranger(self, n, days):
        row = {"kind": "payment", "no": "S%d" % n, "tx": "42000001%020d" % (n * 10 + 7)}
        row.update(total=self.rng.randint(1, 9999), day=self.rng.choice(days), clock="09:00:00")
        self.rows.append(row)

    def make_order(self, n, days):
        rng = self.rng
        if rng.random() < 0.1:
            self.make_stranger(n, days)
            return
        order = {"no": "order%03d" % n, "tx": "42000000%020d" % (n * 10 + 3), "refund": None}
        order["total"] = rng.randint(1, 300000)
        order["truth"] = rng.choice(["paid"] * 6 + ["pending", "closed", "failed"])
        order["day"] = rng.choice(days if rng.random() < 0.8 else DAYS)
        order["clock"] = "%02d:%02d:%02d" % (rng.randint(8, 23), rng.randint(0, 59), rng.randint(0, 59))
        paid = order["truth"] == "paid"
        order["word"] = rng.choice(PAID) if paid else rng.choice(UNPAID[order["truth"]])
        if rng.random() < 0.1:
            order["word"] = rng.choice(UNKNOWN)
        if rng.random() < 0.1:
            order["word"] = rng.choice(NOTHING)
        shows = paid and rng.random() < 0.9
        order["time"] = written_time(rng, order["day"], order["clock"]) if shows else rng.choice(NOTHING)
        if shows and rng.random() < 0.1:
            order["time"] = "昨天"
        shows_transaction = paid and rng.random() < 0.9
        order["file_tx"] = order["tx"] if shows_transaction else rng.choice(NOTHING)
        self.orders.append(order)
        in_bill = order["day"] in days and (paid and rng.random() < 0.85 or not paid and rng.random() < 0.25)
        if in_bill:
            row = {"kind": "payment", "no": order["no"], "tx": order["tx"], "total": order["total"]}
            row.update(day=order["day"], clock=order["clock"])
            if rng.random() < 0.1:
                row["total"] += 1
            if rng.random() < 0.06:
                row["tx"] = "9" + row["tx"][1:]
            self.rows.append(row)
        if paid and rng.random() < 0.4:
            self.make_refund(order, days)

    def make_refund(self, order, days):
        rng = self.rng
        refund = {"no": "R" + order["no"], "amount": rng.randint(1, order["total"]), "day": rng.choice(days)}
        refund["word"] = rng.choice(["退款成功", "退款成功", "SUCCESS", "", "退款中", "退款关闭", "谁知道"])
        order["refund"] = refund
        if rng.random() < 0.7:
            row = {"kind": "refund", "no": order["no"], "tx": order["tx"], "refund": refund["no"]}
            row.update(amount=refund["amount"], day=refund["day"], clock="20:00:00")
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
                return "unclear"
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
        for row in self.rows:
            if row["kind"] != "payment":
                continue
            order = by_no.get(row["no"])
            key = (row["no"], row["tx"])
            if key in seen:
                put("bill", "payments", "inDoubt", row["total"])
                continue
            seen.add(key)
            found = self.payment_difference(row, order)
            if found is not None:
                differ(found)
                put("bill", "payments", "differing", row["total"])
                if order is not None:
                    ended.setdefault(row["no"], "differing")
            elif self.state(order) == "unclear":
                put("bill", "payments", "inDoubt", row["total"])
                ended.setdefault(row["no"], "inDoubt")
            else:
                put("bill", "payments", "agreeing", row["total"])
                ended[row["no"]] = "agreeing"
        span = sorted(row["day"] for row in self.rows)
        covered = lambda day: span[0] <= day <= span[-1]
        for order in self.orders:
            state = self.state(order)
            kind = "unpaid" if state in UNPAID else "payments"
            bucket = ended.get(order["no"]) or self.absent(order, state, covered)
            if bucket == "missing":
                differ("missing_payment")
                bucket = "differing"
            put("orders", kind, bucket, order["total"])
        self.expect_refunds(put, differ, covered)
        agree = not classes and all(
            bucket not in buckets for buckets in tally.values() for bucket in ("differing", "inDoubt", "notLookedFor")
        )
        return {"agree": agree, "classes": classes, "tally": tally}

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
        if state == "unclear":
            return "otherDays" if dated and not covered(order["day"]) else "inDoubt"
        if unreadable:
            return "inDoubt"
        if dated and not covered(order["day"]):
            return "otherDays"
        return "notLookedFor" if state == "unknown" else "missing"

    def expect_refunds(self, put, differ, covered):
        booked = {}
        if self.has_refunds:
            booked = {o["refund"]["no"]: o for o in self.orders if o["refund"] is not None}
        ended = {}
        for row in self.rows:
            if row["kind"] != "refund":
                continue
            order = booked.get(row["refund"])
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
            if bucket is None:
                bucket = "agreeing" if is_open else "inDoubt" if refund["word"] == "谁知道" else "missing"
            if bucket == "missing":
                differ("refund_missing_there")
                bucket = "differing"
            put("orders", "openRefunds" if is_open else "refunds", bucket, refund["amount"])

    def refund_differences(self, row, order):
        if order is None:
            return ["refund_missing_here"]
        found = []
        if order["no"] != row["no"]:
            found.append("refund_transaction_mismatch")
        if order["refund"]["amount"] != row["amount"]:
            found.append("refund_amount_mismatch")
        elif order["refund"]["word"] in ("退款中", "退款关闭"):
            found.append("refund_state_mismatch")
        return found

    # The files.

    def bill(self):
        head = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
        lines = [head]
        sold = back = 0
        for row in self.rows:
            paid = row["kind"] == "payment"
            amount = row["total"] if paid else 0
            returned = 0 if paid else row["amount"]
            sold += amount
            back += returned
            cells = [row["day"] + " " + row["clock"], "wx1", "1600012345", "0", "", row["tx"], row["no"], "oPayer"]
            cells += ["JSAPI", "SUCCESS" if paid else "REFUND", "OTHERS", "CNY", yuan(amount), "0.00"]
            cells += ["0" if paid else "5030" + row["tx"][4:], "0" if paid else row["refund"], yuan(returned), "0.00"]
            cells += ["" if paid else "ORIGINAL", "" if paid else "SUCCESS"]
            cells += [self.rng.choice(["茶", "a, b", '8" 蛋糕', "茶,`咖啡"]), "", "0.00000", "0.60%", yuan(amount), yuan(returned), ""]
            lines.append(",".join("`" + cell for cell in cells))
        lines.append("总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额")
        totals = [str(len(self.rows)), yuan(sold), yuan(back), "0.00", "0.00000", yuan(sold), yuan(back)]
        lines.append(",".join("`" + cell for cell in totals))
        return "\ufeff" + "\r\n".join(lines) + "\r\n"

    def table(self):
        rng = self.rng
        columns = ["订单号", "商品名称", "金额(元)"]
        columns += ["订单状态"] if self.has_state else []
        columns += ["支付时间"] if self.has_time else []
        columns += ["微信订单号"] if self.has_transaction else []
        columns += ["商户退款单号", "退款金额", "退款状态"] if self.has_refunds else []
        shuffled = columns[:]
        rng.shuffle(shuffled)
        rows = []
        for order in self.orders:
            refund = order["refund"]
            cells = {
                "订单号": rng.choice([order["no"], "'" + order["no"], '="%s"' % order["no"]]),
                "商品名称": rng.choice(["茶", '8" 蛋糕', "两 份"]),
                "金额(元)": written_amount(rng, order["total"]),
                "订单状态": order["word"],
                "支付时间": order["time"],
                "微信订单号": rng.choice(["", "`"]) + order["file_tx"] if order["file_tx"] not in NOTHING else order["file_tx"],
                "商户退款单号": rng.choice(NOTHING) if refund is None else refund["no"],
                "退款金额": rng.choice(["", "0.00", "-"]) if refund is None else rng.choice(["", "-"]) + yuan(refund["amount"]),
                "退款状态": rng.choice(NOTHING) if refund is None else refund["word"],
            }
            rows.append([cells[column] for column in shuffled])
        return shuffled, rows

    def write(self):
        rng = self.rng
        bill = os.path.join(self.folder, self.name + "-bill")
        orders = os.path.join(self.folder, self.name + "-orders")
        text = self.bill()
        encoding = rng.choice(["utf-8", "utf-8", "utf-8", "utf-16", "gb18030"])
        data = text.lstrip("\ufeff").encode(encoding) if encoding != "utf-8" else text.encode()
        save(bill, data, rng.choice(["plain", "plain", "gzip", "zip"]))
        header, rows = self.table()
        form = rng.choice(["csv", "csv", "tsv", "semicolon", "xlsx"])
        if form == "xlsx":
            with open(orders, "wb") as file:
                file.write(workbook([header] + rows))
        else:
            separator = {"csv": ",", "tsv": "\t", "semicolon": ";"}[form]
            lines = [separator.join(quoted(cell, separator) for cell in row) for row in [header] + rows]
            if rng.random() < 0.3:
                lines = ["订单报表", "导出时间：2026-03-05", ""] + lines
            if rng.random() < 0.3:
                lines += ["", "合计" + separator * (len(header) - 1)]
            data = rng.choice(["\n", "\r\n"]).join(lines).encode(rng.choice(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
            save(orders, data, rng.choice(["plain", "plain", "gzip", "zip"]))
        args = ["--bill", bill, "--orders", orders]
        print(json.dumps({"args": args, **self.expected()}))


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
