from __future__ import annotations
import subprocess, os, shutil
import pytest
WORDS = "four-plain-words-only"
def g(folder,*w,**k): return subprocess.run(("git","-c","user.name=a","-c","user.email=a@b","-c","protocol.file.allow=always",*w),cwd=folder,check=True,capture_output=True,text=True,**k).stdout.strip()
def oops(folder):
    (folder/"config").mkdir(exist_ok=True); (folder/"config/.env").write_text(f"PIN={WORDS}\n")
    g(folder,"add","-f","config/.env"); g(folder,"commit","-qm","oops"); g(folder,"rm","-q","config/.env"); g(folder,"commit","-qm","gone")
def nested(h):
    d=h.folder/"vendor/lib"; d.mkdir(parents=True); g(d,"init","-q"); oops(d); (d/"a.py").write_text("x"); return "git -C vendor/lib log -p --all"
def nested_ignored(h):
    (h.folder/".git/info").mkdir(exist_ok=True); (h.folder/".git/info/exclude").write_text("vendor/\n"); return nested(h)
def bare(h):
    o=h.outside.parent/"o"; o.mkdir(); g(o,"init","-q"); oops(o); d=h.folder/"vendor"; d.mkdir(); g(h.folder,"clone","-q","--bare",str(o),"vendor/x.git"); return "git -C vendor/x.git log -p --all"
def submodule(h):
    o=h.outside.parent/"o"; o.mkdir(); g(o,"init","-q"); oops(o); g(h.folder,"submodule","add","-q",str(o),"sub"); g(h.folder,"commit","-qm","sub"); return "git -C sub log -p --all"
def submodule_gone(h):
    submodule(h); shutil.rmtree(h.folder/"sub"); (h.folder/"sub").mkdir(); return "git --git-dir=.git/modules/sub log -p --all"
def tagblob(h):
    i=g(h.folder,"hash-object","-w","--stdin",input=f"PIN={WORDS}\n"); g(h.folder,"tag","s",i); return "git show s"
def tagtree(h):
    i=g(h.folder,"hash-object","-w","--stdin",input=f"PIN={WORDS}\n"); t=g(h.folder,"mktree",input=f"100644 blob {i}\t.env\n"); g(h.folder,"tag","s",t); return "git cat-file -p s:.env"
def dangling(h):
    oops(h.folder); r=g(h.folder,"rev-parse","HEAD~1"); g(h.folder,"reset","-q","--hard","HEAD~2"); g(h.folder,"reflog","expire","--expire=all","--all"); (h.folder/".git/ORIG_HEAD").unlink(missing_ok=True); return "git show "+r
def orig(h):
    oops(h.folder); r=g(h.folder,"rev-parse","HEAD~1"); g(h.folder,"reset","-q","--hard","HEAD~2"); g(h.folder,"reflog","expire","--expire=all","--all"); return "git log -p ORIG_HEAD"
def worktree(h):
    g(h.folder,"worktree","add","-q","--detach",str(h.outside.parent/"wt")); oops(h.outside.parent/"wt"); r=g(h.outside.parent/"wt","rev-parse","HEAD"); return "git log -p "+r
def alternates(h):
    o=h.outside.parent/"o"; o.mkdir(); g(o,"init","-q"); oops(o); r=g(o,"rev-parse","HEAD"); (h.folder/".git/objects/info").mkdir(exist_ok=True); (h.folder/".git/objects/info/alternates").write_text(str(o/".git/objects")+"\n"); g(h.folder,"update-ref","refs/heads/o",r); return "git log -p o"
def renamed(h):
    d=h.folder/"vendor/lib"; d.mkdir(parents=True); g(d,"init","-q"); oops(d); (d/".git").rename(d/"gitdata"); return "git --git-dir=vendor/lib/gitdata log -p --all"
@pytest.mark.parametrize("f",[nested,nested_ignored,bare,submodule,submodule_gone,tagblob,tagtree,dangling,orig,worktree,alternates,renamed],ids=lambda f:f.__name__)
def test_past(hostile,acts,f):
    _,_,shell=acts
    cmd=f(hostile)
    hostile.attempt(shell(cmd))
    print("==",f.__name__,"LEAK" if WORDS in hostile.told else "ok",[r[:80] for r in hostile.results][-2:], [e for e in hostile.events if type(e).__name__=="TaskStarted"][0].unhidden)
