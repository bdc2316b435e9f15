"""Random fund-flow bills and trade bills with the right close, from the rules of docs/accountant.md.

Usage: cash_oracle.py <seed> <cases> <folder>. Writes the files of each case and prints one JSON line
per case: its arguments and what the command must find. Written apart from the command, which shares
no code with it.
"""

import gzip
import json
import os
import random
import sys

DAYS = ["2026-03-01", "2026-03-02", "2026-03-03"]
DAY = 86400
HOUR = 3600
TRADE_HEAD = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
TRADE_TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FUND_HEAD = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
FUND_TOTALS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"


def yuan(fen):
    return ("-" if fen < 0 else "") + "%d.%02d" % divmod(abs(fen), 100)


def clock(at):
    day, second = divmod(at, DAY)
    return "%s %02d:%02d:%02d" % (DAYS[day], second // 3600, second // 60 % 60, second % 60)


def ticked(cells):
    return ",".join("`" + cell for cell in cells)


class Case:
    def __init__(self, rng):
        self.rng = rng
        self.trades = []
        self.moves = []
        for n in range(rng.randint(1, 9)):
            self.add_trade(n)
        for n in range(rng.randint(1, 3)):
            self.add_named(n)
        self.moves.sort(key=lambda move: move["at"])

    def some_time(self):
        rng = self.rng
        day = rng.randrange(len(DAYS)) * DAY
        return day + rng.choice([rng.randrange(DAY), rng.randrange(HOUR), DAY - 1 - rng.randrange(HOUR)])

    def add_trade(self, n):
        rng = self.rng
        kind = rng.choice(["payment", "payment", "refund"])
        total = rng.choice([1, rng.randint(1, 99999)])
        coupon = rng.choice([0, 0, 0, total, rng.randint(0, total)])
        settled = total - coupon
        fee = rng.choice([0, settled * 6 // 1000, rng.randint(0, settled)])
        trade = {
            "kind": kind,
            "at": self.some_time(),
            "tx": "4200002248202603%012d" % (n + 1),
            "no": "ORDER-%d" % n,
            "refund": "R-%d" % n,
            "refund_id": "5030%020d" % (n + 1),
            "total": total,
            "settled": settled,
            "fee": fee,
            "in_bill": n == 0 or rng.random() < 0.85,
            "moves": [],
        }
        self.trades.append(trade)
        fate = rng.choice(["right", "right", "right", "off", "none", "no fee row", "one row"])
        if fate == "none":
            return
        sign = 1 if kind == "payment" else -1
        amounts = [("main", sign * settled), ("fee", -sign * fee)]
        if fate == "off":
            amounts[0] = ("main", amounts[0][1] + rng.choice([-1, 1, 7]))
        if fate == "one row" and kind == "refund":
            amounts = [("main", fee - settled)]
        if fate == "no fee row":
            amounts = amounts[:1]
        delay = rng.choice([0, 0, 0, rng.randint(0, 7200)])
        for row, amount in amounts:
            at = trade["at"] + delay
            if amount == 0 or at >= len(DAYS) * DAY:
                continue
            names = {
                ("payment", "main"): ("交易", "交易"),
                ("payment", "fee"): ("交易", "扣除交易手续费"),
                ("refund", "main"): ("退款", "退款"),
                ("refund", "fee"): ("退款", "退还交易手续费"),
            }[(kind, row)]
            # Money that goes the other way than its name says is no trade's.
            known = (amount > 0) == (names[1] in ("交易", "退还交易手续费"))
            ids = (trade["tx"], trade["tx"], trade["no"])
            if kind == "refund":
                ids = (trade["refund_id"], trade["tx"], trade["refund"])
            move = {"at": at, "amount": amount, "names": names, "ids": ids, "row": row, "named": not known}
            self.moves.append(move)
            if known:
                trade["moves"].append(move)

    def add_named(self, n):
        rng = self.rng
        name, kind, sign = rng.choice(
            [("充值/提现", "提现", -1), ("充值", "充值", 1), ("退款", "退款关闭", 1), ("分账", "分账", -1)]
        )
        number = "9%019d" % n
        amount = sign * rng.randint(1, 99999)
        move = {"at": self.some_time(), "amount": amount, "names": (name, kind), "ids": (number,) * 3}
        self.moves.append(dict(move, row="other", named=True))

    def expected(self):
        days = sorted({move["at"] // DAY for move in self.moves})
        start, end = days[0] * DAY, (days[-1] + 1) * DAY
        buckets = {}

        def put(bucket, amount):
            count, total = buckets.get(bucket, (0, 0))
            buckets[bucket] = (count + 1, total + amount)

        def edge(at):
            return at < start + HOUR or at >= end - HOUR

        for trade in self.trades:
            moved = sum(move["amount"] for move in trade["moves"])
            if not trade["in_bill"]:
                for move in trade["moves"]:
                    put("cut_off" if edge(move["at"]) else "without_trade", move["amount"])
                continue
            sign = 1 if trade["kind"] == "payment" else -1
            due = sign * (trade["settled"] - trade["fee"])
            rows = {move["row"] for move in trade["moves"]}
            if not rows and due == 0:
                put("nothing", 0)
            elif rows and moved == due:
                put("booked", moved)
            elif not rows and not start <= trade["at"] < end:
                put("other_days", due)
            elif not rows:
                put("cut_off" if edge(trade["at"]) else "not_booked", 0 if edge(trade["at"]) else due)
            elif edge(trade["at"]) and "fee" not in rows and moved - due == sign * trade["fee"]:
                put("cut_off", moved)
            else:
                put("differs", moved)
        for move in self.moves:
            if move["named"]:
                put("named", move["amount"])
        wrong = any(name in buckets for name in ["differs", "not_booked", "without_trade"])
        result = "open" if wrong else "closes_but" if "cut_off" in buckets else "closes"
        listed = [trade for trade in self.trades if trade["in_bill"]]
        paid = [trade for trade in listed if trade["kind"] == "payment"]
        back = [trade for trade in listed if trade["kind"] == "refund"]
        return {
            "buckets": buckets,
            "result": result,
            "movement": sum(move["amount"] for move in self.moves),
            "settlement": [sum(t["settled"] for t in paid), sum(t["settled"] for t in back)],
            "coupons": sum(t["total"] - t["settled"] for t in paid),
            "fees": sum(t["fee"] for t in paid) - sum(t["fee"] for t in back),
        }

    def bank_statement(self):
        """Lines of a bank and where each withdrawal and line of WeChat Pay ends, by amount and day."""
        rng = self.rng
        withdrawn = [move for move in self.moves if move["names"][1] == "提现"]
        lines, ends = [("2026-03-20", 12345, "房租退回")], {}

        def put(bucket, amount):
            count, total = ends.get(bucket, (0, 0))
            ends[bucket] = (count + 1, total + amount)

        lost = False
        for move in withdrawn:
            day = move["at"] // DAY + 1 + rng.choice([0, 0, 1, 3, 10])
            if rng.random() < 0.25:
                lost = True
                put("not_arrived", -move["amount"])
                continue
            lines.append(("2026-03-%02d" % day, -move["amount"], rng.choice(["财付通支付科技有限公司", "提现"])))
            put("arrived", -move["amount"])
        if not lost and rng.random() < 0.3:
            lines.append(("2026-03-15", 777777, "财付通"))
            put("only_at_bank", 777777)
        rng.shuffle(lines)
        rows = ["交易日期,摘要,收入金额,支出金额,余额"]
        rows += ["%s,%s,%s,,%s" % (day, text, yuan(amount), "9.00") for day, amount, text in lines]
        rows += ["2026-03-02,手续费,,5.00,4.00", "合计,,%s,5.00," % yuan(sum(line[1] for line in lines))]
        return "\r\n".join(rows), ends

    def trade_bill(self, trades):
        lines, totals = [TRADE_HEAD], [0, 0, 0, 0, 0]
        for trade in trades:
            paid = trade["kind"] == "payment"
            total, settled = (trade["total"], trade["settled"]) if paid else (0, 0)
            asked, returned = (0, 0) if paid else (trade["total"], trade["settled"])
            fee = trade["fee"] if paid else -trade["fee"]
            for n, amount in enumerate([settled, returned, fee, total, asked]):
                totals[n] += amount
            cells = [clock(trade["at"]), "wx1", "1600012345", "0", "", trade["tx"], trade["no"], "oPayer", "JSAPI"]
            cells += ["SUCCESS" if paid else "REFUND", "OTHERS", "CNY", yuan(settled), yuan(total - settled)]
            cells += ["0" if paid else trade["refund_id"], "0" if paid else trade["refund"], yuan(returned), "0.00"]
            cells += ["" if paid else "ORIGINAL", "" if paid else "SUCCESS", "茶", "", fen5(fee), "0.60%"]
            cells += [yuan(total), yuan(asked), ""]
            lines.append(ticked(cells))
        settled, returned, fee, total, asked = totals
        sums = [str(len(trades)), yuan(settled), yuan(returned), "0.00", fen5(fee), yuan(total), yuan(asked)]
        return "\r\n".join(lines + [TRADE_TOTALS, ticked(sums), ""])

    def fund_bill(self, moves, balance):
        rows = []
        for move in moves:
            balance += move["amount"]
            cells = [clock(move["at"]), move["ids"][0], move["ids"][1], move["names"][0], move["names"][1]]
            cells += ["收入" if move["amount"] > 0 else "支出", yuan(abs(move["amount"])), yuan(balance)]
            rows.append((move["at"], ticked(cells + ["system", "", move["ids"][2]])))
        # Rows of one second may stand in any order, but for the first: where they return to a
        # balance, a bill by itself does not say which one it began with.
        first = [row for row in rows if row[0] == rows[0][0]]
        others = rows[len(first) :]
        self.rng.shuffle(others)
        rows = first + sorted(others, key=lambda row: row[0])
        gained = [move["amount"] for move in moves if move["amount"] > 0]
        lost = [-move["amount"] for move in moves if move["amount"] < 0]
        sums = [len(moves), len(gained), sum(gained), len(lost), sum(lost)]
        cells = [str(sums[0]), str(sums[1]), yuan(sums[2]), str(sums[3]), yuan(sums[4])]
        text = "\n".join([FUND_HEAD] + [row for _, row in rows] + [FUND_TOTALS, ticked(cells), ""])
        return text, balance


def fen5(fen):
    return yuan(fen) + "000"


def main():
    seed, cases, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    for n in range(cases):
        rng = random.Random(seed * 1000003 + n)
        case = Case(rng)
        args, balance = [], 1000000
        opening = balance
        for day in range(len(DAYS)):
            moves = [move for move in case.moves if move["at"] // DAY == day]
            trades = [trade for trade in case.trades if trade["in_bill"] and trade["at"] // DAY == day]
            if moves:
                text, balance = case.fund_bill(moves, balance)
                path = os.path.join(folder, "%d-fund-%d.csv" % (n, day))
                save(rng, path, text)
                args += ["--fundflow", path]
            if trades:
                path = os.path.join(folder, "%d-trades-%d.csv" % (n, day))
                save(rng, path, "\ufeff" + case.trade_bill(trades))
                args += ["--bill", path]
        answer = dict(case.expected(), bank=None)
        if rng.random() < 0.5:
            text, answer["bank"] = case.bank_statement()
            path = os.path.join(folder, "%d-bank.csv" % n)
            save(rng, path, "\ufeff" + text)
            args += ["--bank", path]
            if "not_arrived" in answer["bank"] or "only_at_bank" in answer["bank"]:
                answer["result"] = "open"
        answer.update(args=args, opening=opening, closing=balance)
        print(json.dumps(answer, ensure_ascii=False))


def save(rng, path, text):
    data = text.encode("utf-8")
    with open(path, "wb") as file:
        file.write(gzip.compress(data, 1) if rng.random() < 0.3 else data)


main()
