"""The same comparison as a shop writes it with pandas: bill, orders, refunds; prints JSON."""

import json
import resource
import sys

import pandas as pd

bill_file, orders_file, refunds_file = sys.argv[1:4]

bill = pd.read_csv(bill_file, dtype=str, encoding="utf-8-sig", index_col=False)
bill = bill[bill["商户订单号"].notna()]
bill = bill.apply(lambda column: column.str.lstrip("`"))
# The total lines at the end have other columns.
bill = bill[bill["交易状态"].isin(["SUCCESS", "REFUND"])]
fen = lambda column: (column.astype(float) * 100).round().astype("int64")

orders = pd.read_csv(orders_file, dtype=str)
refunds = pd.read_csv(refunds_file, dtype=str)

payments = bill[bill["交易状态"] == "SUCCESS"][["商户订单号", "订单金额"]]
both = payments.merge(orders, on="商户订单号", how="outer", suffixes=("", "_booked"), indicator=True)
paid = both["状态"] == "已付款"
matched = both[both["_merge"] == "both"]
matched_paid = matched[matched["状态"] == "已付款"]
backs = bill[bill["交易状态"] == "REFUND"][["商户退款单号", "申请退款金额"]]
back = backs.merge(refunds, on="商户退款单号", how="outer", indicator=True)
back_both = back[back["_merge"] == "both"]

found = {
    "missing_order": int((both["_merge"] == "left_only").sum()),
    "missing_payment": int(((both["_merge"] == "right_only") & paid).sum()),
    "unpaid_order": int((matched["状态"] != "已付款").sum()),
    "amount_mismatch": int((fen(matched_paid["订单金额"]) != fen(matched_paid["金额"])).sum()),
    "refund_amount_mismatch": int((fen(back_both["申请退款金额"]) != fen(back_both["退款金额"])).sum()),
}
used = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            "found": found,
            "cpuSeconds": used.ru_utime + used.ru_stime,
            "peakMib": used.ru_maxrss / 1024,
        }
    )
)
