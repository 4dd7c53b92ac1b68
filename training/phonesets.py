"""The phone names of flite's and festival's voices, as IPA."""

from __future__ import annotations


def _table(names: str) -> dict[str, str]:
    """`"a b:x"` -> a stands for itself, b for x; an empty right side is a pause."""
    pairs = (name.partition("=") for name in names.split())
    return {left: right if equals else left for left, equals, right in pairs}


ENGLISH = _table(
    "aa=ɑ ae=æ ah=ʌ ao=ɔ aw=aʊ ax=ə axr=ɚ ay=aɪ b ch=tʃ d dh=ð dx=ɾ eh=ɛ el=l em=m en=n er=ɝ ey=eɪ f g hh=h hv=h ih=ɪ "
    "iy=i jh=dʒ k l m n nx=n ng=ŋ ow=oʊ oy=ɔɪ p r=ɹ s sh=ʃ t th=θ uh=ʊ uw=u v w y=j z zh=ʒ pau= h#= brth= ssil="
)
ITALIAN = _table(
    "i e E=ɛ a o O=ɔ u i1=i e1=e E1=ɛ a1=a o1=o O1=ɔ u1=u j w p t k b d g f s S=ʃ v z Z=ʒ ts tS=tʃ dz dZ=dʒ m n J=ɲ "
    "ng=ŋ nf=ɱ l L=ʎ r #="
)
CZECH = _table(
    "#= _= a a:=a b c=ts c~=tʃ ch=x d d~=ɟ dz dz~=dʒ e e:=e f g h=ɦ i i:=i j k l m n n*=ŋ n~=ɲ o o:=o p r r~=ʒ r~*=ʃ s "
    "s~=ʃ t t~=c u u:=u v z z~=ʒ"
)
FINNISH = _table(
    "a e i o u y @=æ 7=ø &=ə a:=a e:=e i:=i o:=o u:=u y:=y @:=æ 7:=ø p t k b d g f T=θ S=ʃ s h v m n N=ŋ l L=ʎ r j w "
    "p:=p t:=t k:=k b:=b d:=d g:=g f:=f T:=θ D:=ð s:=s z:=z S:=ʃ Z:=ʒ h:=h v:=v m:=m n:=n N:=ŋ w:=w l:=l L:=ʎ r:=r "
    "j:=j ##= #="
)
CATALAN = _table(
    "ax=ə a a1=a b d e e1=e E=ɛ E1=ɛ f g i i1=i j J=ɲ k l L=ʎ m n o o1=o O=ɔ O1=ɔ p r=ɾ rr=r s S=ʃ t u u1=u w z Z=ʒ "
    "pau= _= #="
)
INDIC = _table(
    "a=ʌ aa=a ih=ɪ iy=i uh=ʊ uw=u eh=e ee=e ay=ai oh=o oo=o aw=au f k g ch=tʃ T=ʈ D=ɖ N=ɳ th=t dh=d n p b m y=j r l "
    "v=ʋ L=ɭ R=ɽ s sh=ʃ j=dʒ h ksh=kʃ sri=ʃr x kh=k gh=g td=t tth=t ddh=d bh=b zh=ʒ @=ə pau= w"
)
RUSSIAN = _table(
    "pau= ii=i yy=ɨ uu=u ee=e oo=o aa=a a=ɐ e=ɪ i=ɪ y=ɨ u=ʊ ae=ə ay=ə ur=ʊ p pp=p b bb=b t tt=t d dd=d k kk=k g gg=g "
    "c=ts ch=tʃ f ff=f v vv=v s ss=s z zz=z sh=ʃ sch=ɕ zh=ʒ h=x hh=x m mm=m n nn=n l ll=l r rr=r j"
)
