/// The report's style sheet: light and dark by the reader's setting, readable on paper.
pub(super) const SHEET: &str = "\
:root{color-scheme:light dark;--ink:#1c2430;--dim:#667;--line:#d8dde4;--ok:#1a7f5a;--bad:#c22f2f;--slow:#b07800;--bar:#3b78c4}\
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--dim:#98a2b0;--line:#333b46;--ok:#4cc294;--bad:#f07070;--slow:#e0b040;--bar:#6aa3ea}}\
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);margin:0}main{max-width:1100px;margin:0 auto;padding:24px}\
h1{font-size:24px;line-height:1.3;margin:4px 0 12px}h2{font-size:17px;margin:0 0 8px}section{margin:28px 0}\
header{border-left:5px solid var(--ok);padding-left:16px}header.broken{border-color:var(--bad)}\
.where{color:var(--dim);margin:0}.where span{float:right}code{font-family:ui-monospace,monospace;font-size:13px}\
table{border-collapse:collapse;width:100%}td,th{padding:3px 8px;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);font-weight:400}\
.num{text-align:right;white-space:nowrap;color:var(--dim);font-variant-numeric:tabular-nums}.bar{width:34%}\
.bar i{display:block;height:9px;margin-top:7px;background:var(--bar);border-radius:2px}.bar i.broken{background:var(--bad)}.bar i.slow{background:var(--slow)}\
tr.broken th{color:var(--bad)}tr.skipped,tr.unseen{color:var(--dim)}.events{font-size:13px}\
img.page{max-width:100%;border:1px solid var(--line)}footer{color:var(--dim);font-size:13px;border-top:1px solid var(--line)}\
@media print{details{display:block}}";
