package report

import (
	"strings"

	"zhibiao/kpi/indicator"
	"zhibiao/report/document"
)

// method explains lamps, paths and completion rates in the settings in force.
func (b *builder) method() document.Section {
	set := b.in.Catalogue.Settings
	num := func(v float64) string {
		s := indicator.Fixed(v, 2)
		return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	t := &document.Table{ID: "lamps", Caption: "灯色", Columns: []document.Column{{Title: "灯"}, {Title: "含义"}, {Title: "判定", Wide: true}}}
	for _, l := range [...]struct {
		lamp indicator.Lamp
		rule string
	}{
		{indicator.Blue, "已达到2027年目标。"},
		{indicator.Green, "尚未达到，但按现有走势测算（中位数）可以达到；年度底线类各年均达到。"},
		{indicator.Yellow, "测算不足目标的部分不超过" + num(set.AmberShortfall*100) + "%（比率类不超过" + num(set.AmberPoints) +
			"个百分点），或进度完成率落后序时进度" + num(set.AmberLag) + "个百分点及以上。"},
		{indicator.Red, "测算不足超过上述幅度，或年度底线被突破。"},
		{indicator.Grey, "缺数、逾期、口径未定、不可比或数据不足，不作判定；灰灯不视为正常。"},
	} {
		sign := document.LampSign(l.lamp)
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{{Sign: &sign}, {Text: l.lamp.Meaning()}, {Text: l.rule}}})
	}
	blocks := []document.Block{{Table: t}}
	for _, p := range [...][2]string{
		{"比较。", "一律用未修约的数值与目标比较，打印时才修约。打印值与目标相同而实际未达的，注明“未达”及更多位数，如“22.0（未达，21.998）”。“超过”“突破”不含本数，“达到”“以上”含本数。"},
		{"同比。", "有发布增速的采用发布增速，不由总量反推；标“实际”的按不变价计算，标“名义”的按现价计算。比重、比率的变动以个百分点表示。累计指标与上年同期累计相比，不相加、不折年。"},
		{"水平完成率。", "现值÷目标×100%，不封顶。累计类指标未到年末的，按最近一个完整年度计算。"},
		{"进度完成率。", "（现值－2022年基数）÷（目标－2022年基数）×100%。缺基数的不计算，打印“—”。"},
		{"序时路径。", "总量类自2022年基数起按等比递增至2027年目标，个数和比率类按等差递增；年度底线、年均增速和同步类没有路径。较序时为进度完成率减序时进度，以个百分点表示。"},
		{"测算。", "有4个以上连续年度值的，2027年测算为经校准的预测分布的中位数，并给出80%和95%区间及达到目标的概率；本年未完的，累计数按历年季节比重估计全年，期末数按剩余时间推至年末，其误差计入区间。图中区间深色或粗线为80%、浅色或细线为95%，超出坐标的截去。年度值不足的按平均增速或增量外推，不给区间和概率，概率打印“数据不足”。年度底线的概率指本年起各年均守住。测算不是统计数，不得作为统计资料引用或对外发布。"},
		{"缺数。", "没有数的打印原因（未到报送期、逾期未报、退回未重报等），不以零代替，不计入正常。"},
		{"修约。", "经济指标四舍五入，环境指标按GB/T 8170。合计数或相对数由于单位取舍不同产生的计算误差，未作机械调整。"},
		{"可追溯。", "每个打印数都有编码；工作簿“数据”表列出其未修约值。运行号、结果校验和日志链头可用于复核本报告所依据的数据和决定。"},
	} {
		blocks = append(blocks, say(p[1]).led(p[0]))
	}
	return document.Section{ID: "a4", Title: "方法说明", Appendix: true, Blocks: blocks}
}
