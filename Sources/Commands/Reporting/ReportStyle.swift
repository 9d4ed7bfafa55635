/// The style sheet and the script of a report: no network, no library.
enum ReportStyle {
    static let sheet = """
        :root{--paper:#fff;--ink:#1f2937;--dim:#5b6472;--line:#d9dde3;--card:#f6f7f9;--ran:#0b62a4;--cached:#15803d;\
        --failed:#b91c1c;--other:#6b7280;--mark:#eef4fb}
        @media (prefers-color-scheme:dark){:root{--paper:#111827;--ink:#e5e7eb;--dim:#a3adbb;--line:#374151;--card:#1b2433;\
        --ran:#60a5fa;--cached:#4ade80;--failed:#f87171;--other:#9ca3af;--mark:#1e2b40}}
        *{box-sizing:border-box}
        html{scroll-behavior:smooth}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Helvetica,Arial,\
        sans-serif;overflow-wrap:anywhere}
        main,header,nav{max-width:1180px;margin:0 auto;padding:0 16px}
        header{padding-top:20px}
        h1{font-size:24px;margin:0}h2{font-size:18px;margin:36px 0 8px;border-bottom:1px solid var(--line);padding-bottom:4px}
        h3{font-size:15px;margin:16px 0 4px}
        .dim{color:var(--dim)}code,pre{font:13px/1.45 ui-monospace,"SFMono-Regular",Menlo,Consolas,monospace}
        pre{background:var(--card);padding:8px 10px;overflow-x:auto;border-radius:6px;white-space:pre}
        nav{position:sticky;top:0;background:var(--paper);padding-top:8px;padding-bottom:8px;border-bottom:1px solid var(--line);z-index:2}
        nav a{margin-right:14px;white-space:nowrap;display:inline-block}
        a{color:var(--ran)}a:focus-visible,button:focus-visible,input:focus-visible,.scroll:focus-visible,summary:focus-visible\
        {outline:2px solid var(--ran);outline-offset:2px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:10px;margin:14px 0}
        .tile{background:var(--card);border-radius:8px;padding:10px 12px}.tile b{display:block;font-size:20px}
        .scroll{overflow-x:auto;max-width:100%}
        table{border-collapse:collapse;font-size:13.5px;min-width:320px}th,td{text-align:left;padding:4px 10px;\
        border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:normal}th{color:var(--dim);font-weight:600}
        td{max-width:520px;overflow-wrap:anywhere;min-width:60px}.r{text-align:right;font-variant-numeric:tabular-nums}
        .graph{border:1px solid var(--line);border-radius:8px;overflow:hidden;position:relative;height:min(60vh,560px);touch-action:none}
        .graph svg{width:100%;height:100%;cursor:grab;display:block}
        .buttons{position:absolute;right:8px;top:8px}button{font:inherit;background:var(--card);color:var(--ink);\
        border:1px solid var(--line);border-radius:6px;min-width:34px;height:32px;cursor:pointer}
        .node rect{fill:var(--card);stroke-width:2}.node text{fill:var(--ink);font-size:13px}.node .small{fill:var(--dim);font-size:11px}
        .edge{fill:none;stroke:var(--other);stroke-width:1.3;opacity:.65}.node.on rect{fill:var(--mark)}
        .ran{stroke:var(--ran)}.cached{stroke:var(--cached)}.failed{stroke:var(--failed)}.skipped,.canceled{stroke:var(--other);\
        stroke-dasharray:4 3}
        .bar.ran{fill:var(--ran);stroke:none}.bar.failed{fill:var(--failed);stroke:none}.axis{stroke:var(--line)}\
        svg.time{min-width:640px;width:100%}.time text{fill:var(--dim);font-size:11px}
        .tag{font-size:12px;font-weight:600;border:1px solid currentColor;border-radius:10px;padding:0 7px;white-space:nowrap}
        .n{white-space:nowrap}.wide{min-width:240px}
        .tag.ran{color:var(--ran)}.tag.cached{color:var(--cached)}.tag.failed{color:var(--failed)}.tag.skipped,.tag.canceled{color:var(--other)}
        details{border:1px solid var(--line);border-radius:8px;margin:6px 0;padding:0 12px}summary{padding:7px 0;cursor:pointer}
        details[open]{background:var(--mark)}
        input{font:inherit;padding:5px 8px;border:1px solid var(--line);border-radius:6px;background:var(--paper);color:var(--ink);\
        width:min(360px,100%)}
        .picture{max-width:100%;height:auto;background:#fff;border-radius:6px}.spark{stroke:var(--ran);fill:none;stroke-width:1.6}
        .spark circle{fill:var(--ran);stroke:none}
        .markdown{background:var(--card);border-radius:6px;padding:2px 12px 10px}.markdown h4,.markdown h5,.markdown h6\
        {font-size:14px;margin:14px 0 4px}.markdown .picture{display:block;margin:6px 0}\
        .markdown td{overflow-wrap:normal;min-width:0}
        @media print{nav,.buttons,input{display:none}.graph{height:auto}.graph svg{height:auto}details{break-inside:avoid}\
        body{font-size:12px}}
        """

    /// Pans and zooms the graph, opens the stage that was clicked, filters the list of stages.
    static let script = """
        (function(){'use strict';
        var svg=document.querySelector('.graph svg');
        if(svg){var all=svg.getAttribute('viewBox').split(' ').map(Number),box=all.slice();
        function show(){svg.setAttribute('viewBox',box.join(' '));}
        function zoom(factor,x,y){var w=Math.min(all[2]*4,Math.max(80,box[2]*factor));factor=w/box[2];
        box=[x-(x-box[0])*factor,y-(y-box[1])*factor,w,box[3]*factor];show();}
        function at(e){var p=new DOMPoint(e.clientX,e.clientY).matrixTransform(svg.getScreenCTM().inverse());return[p.x,p.y];}
        svg.addEventListener('wheel',function(e){e.preventDefault();var p=at(e);zoom(e.deltaY>0?1.15:1/1.15,p[0],p[1]);},{passive:false});
        var held=new Map(),moved=false,gap=0;
        svg.addEventListener('pointerdown',function(e){held.set(e.pointerId,e);moved=false;gap=0;});
        window.addEventListener('pointerup',function(e){held.delete(e.pointerId);});
        window.addEventListener('pointercancel',function(e){held.delete(e.pointerId);});
        svg.addEventListener('pointermove',function(e){var last=held.get(e.pointerId);if(!last)return;
        var dx=e.clientX-last.clientX,dy=e.clientY-last.clientY;if(Math.abs(dx)+Math.abs(dy)<3&&!moved)return;moved=true;
        held.set(e.pointerId,e);
        if(held.size===2){var f=Array.from(held.values()),d=Math.hypot(f[0].clientX-f[1].clientX,f[0].clientY-f[1].clientY);
        if(gap){var p=at(e);zoom(gap/d,p[0],p[1]);}gap=d;return;}
        var s=1/svg.getScreenCTM().a;box[0]-=dx*s;box[1]-=dy*s;show();});
        svg.addEventListener('click',function(e){if(moved){e.preventDefault();e.stopPropagation();moved=false;}},true);
        document.querySelectorAll('.buttons button').forEach(function(b){b.addEventListener('click',function(){
        var k=b.dataset.zoom;if(k==='0'){box=all.slice();show();}else zoom(k==='+'?1/1.4:1.4,box[0]+box[2]/2,box[1]+box[3]/2);});});}
        function open(){var d=location.hash&&document.getElementById(decodeURIComponent(location.hash.slice(1)));
        document.querySelectorAll('.node.on').forEach(function(n){n.classList.remove('on');});
        if(d&&d.tagName==='DETAILS'){d.hidden=false;d.open=true;d.scrollIntoView();
        var n=document.querySelector('.node[href="#'+d.id+'"]');if(n)n.classList.add('on');}}
        window.addEventListener('hashchange',open);open();
        var input=document.getElementById('filter');
        if(input)input.addEventListener('input',function(){var words=input.value.toLowerCase().split(/\\s+/);
        document.querySelectorAll('#list details').forEach(function(d){var t=d.dataset.text;
        d.hidden=!words.every(function(w){return t.indexOf(w)>=0;});});});
        })();
        """
}
